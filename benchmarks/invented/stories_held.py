"""Invented stories of the held set: other subjects, people and towns than those of the developing set."""

from typing import Final

from invented.story import Story

STORIES: Final = (
    Story(
        language="en",
        section="Science",
        wrong_section="Motoring",
        headline="Deep-sea sponge found to glow for half an hour",
        standfirst="The light may lure shrimps, a team of biologists suggests",
        paragraphs=(
            "A sponge that lives two kilometres below the Corvane Sea glows for half an hour after "
            "it is touched, "
            "biologists report. No other sponge is known to do that.",
            'The team filmed the animal with a robot for eleven nights. "We thought the camera was broken," said Petra '
            "Loom, a marine biologist at the University of Halse, who led the expedition.",
            "Genes of the sponge show that bacteria make the light. How the animal keeps them alive "
            "in the cold is not "
            "known, and the researchers want to return with a warmer tank.",
            "Other scientists are cautious. A glow can come from the touch of the robot itself, said "
            "one who took no part "
            "in the study and would like to see a second species tested.",
            "The expedition cost nine million crowns, a third of which went to the ship. Its samples "
            "are kept at a museum "
            "where visitors may look at them through a thick pane of glass.",
        ),
        author="Rosalie Tench",
        tags=("Corvane Sea", "Sponges", "Biology"),
        related=(
            "Robot maps the floor of the Corvane Sea",
            "Why bacteria glow",
            "Petra Loom wins marine biology prize",
            "Museum opens its wet collection",
        ),
    ),
    Story(
        language="en",
        section="Sport",
        wrong_section="Property",
        headline="Under lights and rain, Tarrowby win the rugby league",
        standfirst="A late try by the captain settles a season of three draws",
        paragraphs=(
            "Tarrowby won the league on a field that was mostly water, with a try that captain Wes "
            "Orme scored two minutes "
            "from the end of the match.",
            "Their opponents, Dunmore, had led since the first half. Coach Lena Stride took off two "
            "forwards at the break "
            "and told the rest to kick, which nobody had expected in such rain.",
            '"I did not see the line, I only heard it," Orme said. The referee asked for the video twice before he '
            "gave the try, and eleven thousand people waited without a sound.",
            "Dunmore will play in the cup final next and will do so without their scrum half, who "
            "was carried off with a "
            "broken wrist. Their coach praised the winners and the groundsmen.",
            "Tarrowby have not won the league for twenty-six years. The team will be shown the town "
            "from an open bus, which "
            "the mayor drove himself the last time.",
        ),
        author="Hamish Quill",
        tags=("Tarrowby", "Rugby", "Dunmore"),
        related=(
            "Tarrowby sign a new fly half",
            "Lena Stride: a coach who kicks",
            "Cup final: Dunmore without scrum half",
            "Rugby league: the final table",
        ),
    ),
    Story(
        language="de",
        section="Politik",
        wrong_section="Rezepte",
        headline="Landtag streitet über Wolfsverordnung",
        standfirst="Die Regierung hat nur eine Stimme Mehrheit",
        paragraphs=(
            "Der Landtag von Hohenau hat bis in die Nacht über eine neue Wolfsverordnung gestritten. "
            "Die Regierung hat im "
            "Parlament nur eine Stimme Mehrheit, und zwei ihrer Abgeordneten zögern.",
            "Ministerin Karla Bohm verteidigte den Entwurf. Er erlaubt den Abschuss einzelner Tiere, "
            "wenn sie mehrmals "
            "Schafe gerissen haben, und zahlt den Bauern schneller Entschädigung.",
            'Die Opposition nannte das Gesetz einen Freibrief für Jäger. "Sie regieren nach Stimmung", rief der '
            "Abgeordnete Tobias Renk, worauf die Präsidentin die Sitzung unterbrach.",
            "Umweltverbände haben angekündigt, vor Gericht zu ziehen. Sie berufen sich auf ein "
            "Urteil, nach dem ein Zaun "
            "zuerst versucht werden muss.",
            "Die Abstimmung wurde vertagt. Die Fraktionen wollen einen Ausschuss einsetzen, in dem "
            "auch Schäfer und "
            "Wissenschaftler gehört werden, bevor die Wahl im nächsten Jahr alles überlagert.",
        ),
        author="Mirko Thalbach",
        tags=("Hohenau", "Wölfe", "Landtag"),
        related=(
            "Schäfer in Hohenau fordern Zäune",
            "Karla Bohm und die Wölfe",
            "Landtag: eine Stimme Mehrheit",
            "Was die Wolfsverordnung erlaubt",
        ),
    ),
    Story(
        language="fr",
        section="Sciences",
        wrong_section="Immobilier",
        headline="Des abeilles mesurent la pollution à Trévailles",
        standfirst="Vingt ruches ont été équipées de capteurs",
        paragraphs=(
            "Une équipe de chercheurs de Trévailles utilise des abeilles pour mesurer la pollution "
            "de l'air. Vingt ruches "
            "équipées de capteurs ont été installées sur les toits du laboratoire.",
            "Le pollen rapporté par les insectes est analysé chaque semaine. « Une abeille visite "
            "mille fleurs par jour, "
            "aucun appareil n'en fait autant », explique la biologiste Aude Kerval.",
            "Les premières données montrent une baisse des particules près du fleuve, mais une "
            "hausse le long de la "
            "rocade. L'étude sera publiée dans une revue d'écologie.",
            "Des apiculteurs craignent que les colonies souffrent de la chaleur. Les scientifiques "
            "ont promis de déplacer "
            "les ruches si la température dépasse quarante degrés.",
            "La recherche est financée par l'université et par la région. Elle doit durer trois ans "
            "et s'étendre à deux "
            "autres espèces d'insectes.",
        ),
        author="Gaspard Ollier",
        tags=("Trévailles", "Abeilles", "Pollution"),
        related=(
            "Les ruches de Trévailles souffrent de la chaleur",
            "Aude Kerval, la biologiste des toits",
            "Pollution : la rocade inquiète",
            "Le pollen, mémoire des villes",
        ),
    ),
    Story(
        language="es",
        section="Cultura",
        wrong_section="Motor",
        headline="Hallan una ópera perdida en un convento de Lubrín del Río",
        standfirst="La partitura llevaba dos siglos en un arcón",
        paragraphs=(
            "Una monja del convento de Lubrín del Río encontró en un arcón la partitura de una ópera "
            "que se creía perdida. "
            "La obra fue escrita hace más de doscientos años.",
            "La musicóloga Berta Quiroga reconoció la letra del compositor por la forma de las "
            "claves. «Faltan solo doce "
            "páginas del segundo acto», explicó en el museo de la ciudad.",
            "La orquesta municipal prepara un concierto con las arias conservadas. El director "
            "quiere que canten jóvenes "
            "del conservatorio y que el público pueda ver el manuscrito.",
            "El convento venderá copias para reparar su tejado. Las religiosas han rechazado la "
            "oferta de una casa de "
            "subastas que pretendía llevarse el original al extranjero.",
            "El estreno se celebrará en el teatro viejo, que tiene trescientas butacas. Un novelista "
            "local escribirá las "
            "escenas que faltan.",
        ),
        author="Saúl Arbeloa",
        tags=("Lubrín del Río", "Ópera", "Música"),
        related=(
            "El teatro viejo reabre sus puertas",
            "Berta Quiroga y las partituras olvidadas",
            "La orquesta municipal busca voces",
            "Conventos que guardan música",
        ),
    ),
    Story(
        language="pt",
        section="Política",
        wrong_section="Moda",
        headline="Câmara de Penedo Alto aprova lei contra o barulho",
        standfirst="Bares terão de fechar as esplanadas à meia-noite",
        paragraphs=(
            "A câmara municipal de Penedo Alto aprovou uma lei que obriga os bares a fechar as "
            "esplanadas à meia-noite. A "
            "proposta passou com os votos do governo e de um vereador da oposição.",
            "O presidente da câmara, Abel Sarmento, disse que recebeu mil queixas num ano. Os donos "
            "dos bares prometem "
            "recorrer ao tribunal e marcaram uma manifestação.",
            '"Querem transformar a vila num museu", afirmou o deputado Jorge Lavra. O seu partido votou contra e pediu '
            "um referendo sobre o assunto.",
            "A lei prevê multas para quem tocar música na rua sem licença. A polícia ficará com dois "
            "medidores de ruído, "
            "comprados com dinheiro do orçamento da cultura.",
            "As eleições autárquicas realizam-se no outono. Os candidatos dividem-se entre os "
            "moradores do centro e os "
            "comerciantes que vivem do turismo.",
        ),
        author="Inês Batalim",
        tags=("Penedo Alto", "Ruído", "Câmara municipal"),
        related=(
            "Moradores de Penedo Alto queixam-se do ruído",
            "Abel Sarmento recandidata-se",
            "Bares preparam manifestação",
            "O que muda com a lei do barulho",
        ),
    ),
    Story(
        language="it",
        section="Economia",
        wrong_section="Ricette",
        headline="La Fonderia Salvi vende lo stabilimento di Montalto",
        standfirst="I sindacati temono per duecento posti",
        paragraphs=(
            "La Fonderia Salvi ha venduto lo stabilimento di Montalto a un fondo di investimento. Il "
            "prezzo non è stato "
            "reso noto, ma le banche creditrici parlano di trenta milioni di euro.",
            "L'azienda perde denaro da tre anni. L'amministratore delegato, Ugo Brandi, ha spiegato "
            "che il costo "
            "dell'energia ha cancellato i margini di profitto.",
            "I sindacati temono per duecento posti di lavoro. «Vogliamo garanzie scritte prima della "
            "firma», ha detto la "
            "delegata Carla Tosi durante un'assemblea degli operai.",
            "Il fondo promette di investire in un nuovo forno e di aumentare le esportazioni. Gli "
            "analisti sono prudenti, "
            "perché la domanda di ghisa è in calo.",
            "Il mercato ha accolto la notizia con favore e il titolo della società ha guadagnato il "
            "sette per cento in "
            "borsa. La regione convocherà le parti.",
        ),
        author="Bruno Ferrante",
        tags=("Fonderia Salvi", "Montalto", "Lavoro"),
        related=(
            "Fonderia Salvi, tre anni di perdite",
            "Montalto, gli operai in assemblea",
            "Il costo dell'energia pesa sulle imprese",
            "Fondi di investimento, chi compra le fabbriche",
        ),
    ),
    Story(
        language="nl",
        section="Sport",
        wrong_section="Financieel",
        headline="Schaatsster Noor Velting breekt baanrecord",
        standfirst="De wedstrijd werd twee keer stilgelegd",
        paragraphs=(
            "Schaatsster Noor Velting heeft in Heidestad het baanrecord op de drie kilometer "
            "gebroken. De wedstrijd werd "
            "twee keer stilgelegd omdat het ijs te zacht was.",
            "Velting reed de laatste ronden met een gebroken veter. Haar coach zag het pas na de "
            "finish en moest "
            "lachen, terwijl het publiek op de tribune stond te juichen.",
            '"Ik durfde niet naar beneden te kijken", zei de kampioene. Ze won eerder dit seizoen al twee medailles en '
            "plaatste zich voor het wereldkampioenschap.",
            "Haar grootste rivale eindigde als vierde. De trainer van haar team diende een klacht in bij de "
            "scheidsrechter, omdat zij in de buitenbaan zou zijn gehinderd.",
            "De schaatsbond wil volgend seizoen een extra wedstrijd in Heidestad. De club moet "
            "daarvoor eerst de "
            "kleedkamers van het stadion opknappen.",
        ),
        author="Wouter Klinkert",
        tags=("Noor Velting", "Schaatsen", "Heidestad"),
        related=(
            "Noor Velting wint twee medailles",
            "Heidestad hoopt op extra wedstrijd",
            "Schaatsbond kiest nieuwe coach",
            "Het ijs van Heidestad is te zacht",
        ),
    ),
    Story(
        language="pl",
        section="Nauka",
        wrong_section="Uroda",
        headline="W Dolinie Krasnej odkryto osadę sprzed pięciu tysięcy lat",
        standfirst="Badacze znaleźli ziarna i narzędzia",
        paragraphs=(
            "Archeolodzy z uniwersytetu odkryli w Dolinie Krasnej ślady osady sprzed pięciu tysięcy "
            "lat. Badania "
            "prowadzono przez trzy lata, zanim ogłoszono wyniki.",
            "Zespół pod kierunkiem profesor Ewy Brzostek znalazł ziarna pszenicy i kamienne "
            "narzędzia. Próbki trafiły do "
            "laboratorium, gdzie określono ich wiek.",
            "„Takiej liczby palenisk nie widzieliśmy nigdzie indziej”, powiedziała Brzostek. "
            "Naukowcy sądzą, że "
            "mieszkańcy uprawiali pola także zimą.",
            "Wykopaliska trzeba było przerwać, gdy rzeka zalała dolinę. Studenci uratowali większość "
            "znalezisk, niosąc "
            "je w skrzynkach po jabłkach.",
            "Muzeum chce pokazać osadę na wystawie. Wcześniej badacze opublikują dane w czasopiśmie "
            "i sprawdzą geny "
            "zwierząt, których kości leżały przy domach.",
        ),
        author="Marek Listwan",
        tags=("Dolina Krasna", "Archeologia", "Badania"),
        related=(
            "Rzeka zalała wykopaliska w Dolinie Krasnej",
            "Profesor Ewa Brzostek o paleniskach",
            "Muzeum szykuje wystawę o osadzie",
            "Jak bada się wiek ziaren",
        ),
    ),
    Story(
        language="ru",
        section="Экономика",
        wrong_section="Кулинария",
        headline="Завод «Северный лён» получил кредит на новые станки",
        standfirst="Предприятие обещает удвоить выпуск ткани",
        paragraphs=(
            "Завод «Северный лён» взял в банке кредит на новые станки. Предприятие обещает за два "
            "года удвоить выпуск "
            "ткани и начать экспорт, сообщил директор Павел Зыков.",
            "В прошлом году компания получила убыток из-за дорогого сырья. Теперь цены на рынке "
            "снизились, и прибыль "
            "снова растёт, говорят аналитики.",
            "«Мы не сократили ни одного рабочего», — подчеркнул Зыков. Профсоюз, однако, требует "
            "поднять зарплаты до "
            "того, как инвесторы получат дивиденды.",
            "Станки привезут из-за границы, их установка займёт полгода. Область даст заводу "
            "налоговую льготу, если "
            "тот откроет училище для ткачей.",
            "Спрос на льняную ткань вырос втрое. Крупные покупатели уже подписали договоры на "
            "поставку, а акции "
            "компании подорожали на десять процентов.",
        ),
        author="Инга Лаптева",
        tags=("Северный лён", "Инвестиции", "Ткани"),
        related=(
            "«Северный лён» снова с прибылью",
            "Цены на лён снизились",
            "Павел Зыков: экспорт начнём весной",
            "Банк выдал заводу кредит",
        ),
    ),
    Story(
        language="ar",
        section="صحة",
        wrong_section="سيارات",
        headline="مستشفى الربوة يبدأ حملة لتطعيم الأطفال",
        standfirst="الأطباء يحذرون من عودة الحصبة",
        paragraphs=(
            "بدأ مستشفى الربوة حملة لتطعيم الأطفال ضد الحصبة بعد ظهور ثلاثين إصابة في القرى القريبة "
            "من النهر خلف الجبل.",
            "وقالت الطبيبة رنا العطار إن المرض عاد لأن كثيرا من الأسر لم تكمل اللقاح. وأضافت أن "
            "العلاج متوفر لكنه لا يمنع "
            "انتشار العدوى.",
            "تتنقل الممرضات في سيارات إسعاف صغيرة بين المدارس. وقد حصل أربعة آلاف طفل على الجرعة "
            "الأولى منذ بداية الحملة "
            "في المنطقة.",
            "ويشكو الأطباء من نقص الأسرة في قسم الأطفال. وطلبت إدارة المستشفى دعما من الوزارة لشراء "
            "أجهزة تنفس ومختبر "
            "لفحص الدم.",
            "وتقول منظمات طبية إن الفيروس قد يصل إلى مدن أخرى إذا لم تتجاوز نسبة التطعيم تسعين في "
            "المئة قبل الشتاء.",
        ),
        author="كريم النابلسي",
        tags=("مستشفى الربوة", "الحصبة", "التطعيم"),
        related=(
            "الحصبة تعود إلى قرى النهر",
            "رنا العطار: أكملوا اللقاح",
            "نقص الأسرة في مستشفى الربوة",
            "الوزارة تشتري أجهزة تنفس",
        ),
    ),
    Story(
        language="zh",
        section="财经",
        wrong_section="时尚",
        headline="临川造船厂获得十亿元贷款",
        standfirst="订单已经排到三年以后",
        paragraphs=(
            "临川造船厂获得三家银行共十亿元贷款，用于建设新的船坞。公司表示，手中的订单已经排到三年以后。",
            "董事长何启明说，去年公司利润下降了两成，主要原因是钢材价格上涨。投资者担心债务过高，股价一度下跌。",
            "“市场对小型货轮的需求正在恢复，”何启明说。公司计划增加出口，并把一部分利润用来提高工人的工资。",
            "分析师认为，利率的变化会影响还款。工会要求公司保证不裁员，双方将在年底前就奖金问题继续谈判。",
            "临川市政府给予船厂税收优惠。新船坞建成后，预计每年可以增加五亿元收入，带动当地零售和运输企业的发展。",
        ),
        author="田雨禾",
        tags=("临川造船厂", "贷款", "航运"),
        related=("临川造船厂公布年报", "钢材价格连续上涨", "何启明谈出口", "银行下调贷款利率"),
    ),
    Story(
        language="ja",
        section="科学",
        wrong_section="グルメ",
        headline="白浜大学、深海の新種クラゲを発見",
        standfirst="水深二千メートルで撮影に成功",
        paragraphs=(
            "白浜大学の研究チームは、水深二千メートルの海で新種のクラゲを発見したと発表した。論文は生物学の専門誌に掲載された。",
            "調査を率いた真壁涼子教授は「十年前に見た影をずっと探していた」と話す。無人の探査機が九日間にわたり撮影を続けた。",
            "遺伝子の分析では、近い種が見つからなかった。研究者たちは、このクラゲがどのように光るのかを実験室で調べている。",
            "海水の温度が上がると、深海の生物も影響を受けるとみられる。チームは気候の変化と生態系の関係を調べる予定だ。",
            "標本は大学の博物館で保存される。来年には新しい探査船が完成し、さらに深い海溝での観測が始まるという。",
        ),
        author="柏木遼",
        tags=("白浜大学", "クラゲ", "深海"),
        related=(
            "真壁涼子教授が語る深海",
            "無人探査機が完成",
            "クラゲはなぜ光るのか",
            "博物館で深海の標本を公開",
        ),
    ),
)
