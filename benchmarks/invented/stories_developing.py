"""Invented stories of the developing set, one or more for each language. No person, outlet or event in them exists."""

from typing import Final

from invented.story import Story

STORIES: Final = (
    Story(
        language="en",
        section="Local",
        wrong_section="Beauty",
        headline="Ferry pier at Ostrin will close for repairs",
        standfirst="Commuters face a detour of forty minutes until the new piles are in",
        paragraphs=(
            "The ferry pier at Ostrin will close in autumn because its oak piles have rotted, the "
            "harbour board decided "
            "after a dispute that took three meetings.",
            "About six hundred commuters cross the sound every day. They will have to take a bus "
            "around the bay, which "
            "takes forty minutes longer, said Marit Hole, who chairs the board.",
            '"We have looked at every other way, and there is none," Hole said. Divers who inspected the piles in '
            "spring found that a knife went into some of them up to the handle.",
            "The repair will cost two million crowns. Half of that comes from the county, the rest "
            "from a loan that the "
            "board wants to pay back from tickets over twelve years.",
            "Fishermen who land their catch at the pier asked for a floating stage. The board "
            "promised an answer before "
            "the first boats return from the banks.",
        ),
        author="Tilda Varga",
        tags=("Ostrin", "Ferries", "Harbour board"),
        related=(
            "Ostrin harbour board elects Marit Hole",
            "How oak piles rot in salt water",
            "Ferry commuters ask for a later boat",
            "Ostrin bus line to run twice an hour",
        ),
    ),
    Story(
        language="en",
        section="Business",
        wrong_section="Recipes",
        headline="Glass maker Norvell cuts a third of its jobs",
        standfirst="Cheap imports and the price of gas are blamed for the losses",
        paragraphs=(
            "Norvell, the glass maker, will cut four hundred jobs after its losses doubled, the "
            "company told investors in "
            "a statement that sent its shares down by a fifth.",
            "Chief executive Henk Sorley blamed the price of gas and cheap imports. Revenue fell to "
            "210 million crowns "
            "in the first half of the year, from 268 million a year before.",
            "Unions called the plan reckless. They said the company had paid a dividend only in "
            "March and should have "
            "used the money to modernise its furnaces.",
            "Analysts at two banks had expected a smaller loss. One of them, Ilse Graun, said the "
            "company would need new "
            "credit within months and might have to sell its bottle business.",
            "The furnaces at the older of two plants will be cooled for the first time in thirty "
            "years. Workers there "
            "were sent home with pay while talks about severance begin.",
        ),
        author="Colm Arden",
        tags=("Norvell", "Jobs", "Glass"),
        related=(
            "Norvell warns on profit",
            "Gas prices reach a two-year high",
            "Union rejects wage offer at Norvell",
            "Banks see more credit losses ahead",
        ),
    ),
    Story(
        language="de",
        section="Wirtschaft",
        wrong_section="Mode",
        headline="Brauerei Lindtal baut neues Sudhaus",
        standfirst="Der Betrieb will mit weniger Gas auskommen",
        paragraphs=(
            "Die Brauerei Lindtal baut für zwölf Millionen Euro ein neues Sudhaus. Das Unternehmen "
            "will damit den "
            "Verbrauch von Gas um die Hälfte senken, sagte Geschäftsführer Jens Wolters.",
            "Die Bank hat den Kredit zugesagt, der Stadtrat muss noch den Bauplan genehmigen. Die "
            "Arbeiten sollen "
            "beginnen, sobald die Ernte der Gerste eingebracht ist.",
            "Im vergangenen Jahr hatte die Firma weniger Umsatz gemacht als zuvor, weil viele "
            "Gaststätten geschlossen "
            "blieben. Der Gewinn ging um ein Drittel zurück.",
            '"Wir haben lange gezögert, aber der alte Kessel hält keinen Winter mehr durch", sagte Wolters. Von den '
            "achtzig Beschäftigten soll niemand seine Stelle verlieren.",
            "Der Betriebsrat begrüßte die Entscheidung. Er fordert allerdings, dass die Löhne an die "
            "gestiegenen "
            "Preise angepasst werden, bevor die Brauerei weiter investiert.",
        ),
        author="Frauke Denzel",
        tags=("Lindtal", "Brauerei", "Energie"),
        related=(
            "Gersteernte in Lindtal fällt schlechter aus",
            "Brauerei Lindtal meldet weniger Umsatz",
            "Gaspreis belastet Betriebe",
            "Stadtrat berät über Sudhaus",
        ),
    ),
    Story(
        language="fr",
        section="Politique",
        wrong_section="Beauté",
        headline="Le conseil de Vernoux rejette le budget",
        standfirst="La maire devra présenter un nouveau texte avant l'hiver",
        paragraphs=(
            "Le conseil municipal de Vernoux a rejeté le budget présenté par la maire, Odile Carrel, "
            "après un débat de "
            "six heures. Deux élus de sa propre majorité ont voté contre.",
            "L'opposition reproche à la maire de vouloir augmenter l'impôt local pour financer une "
            "piscine. « Personne "
            "ne nous a demandé notre avis », a déclaré le conseiller Rémi Sauvert.",
            "La préfecture peut désormais fixer les dépenses de la commune si aucun accord n'est "
            "trouvé. La maire a "
            "annoncé qu'elle présenterait un nouveau texte avant l'hiver.",
            "Une pétition contre la hausse a recueilli neuf cents signatures. Les associations "
            "sportives, elles, "
            "défendent le projet et rappellent que l'ancien bassin est fermé depuis des années.",
            "Les élections municipales approchent et plusieurs candidats se préparent déjà. Le parti "
            "de la maire n'a "
            "pas encore dit s'il la soutiendrait.",
        ),
        author="Solène Maubert",
        tags=("Vernoux", "Budget", "Conseil municipal"),
        related=(
            "À Vernoux, la piscine divise les élus",
            "Odile Carrel présente son budget",
            "Municipales : les candidats de Vernoux",
            "La préfecture surveille les communes endettées",
        ),
    ),
    Story(
        language="es",
        section="Deportes",
        wrong_section="Economía",
        headline="El Real Cantueso asciende tras un penalti en el descuento",
        standfirst="El portero suplente detuvo dos lanzamientos",
        paragraphs=(
            "El Real Cantueso volvió a la segunda división tras ganar por un gol en el último "
            "minuto. El capitán, Iker "
            "Solana, marcó de penalti ante veinte mil aficionados.",
            "El partido estuvo detenido diez minutos por la lluvia. El entrenador cambió a tres "
            "jugadores en la segunda "
            "parte y el equipo pasó a jugar con dos delanteros.",
            "«Llevamos cuatro temporadas esperando esta noche», dijo Solana. El portero suplente, "
            "que no había jugado en "
            "toda la liga, detuvo dos lanzamientos.",
            "El árbitro expulsó a un defensa visitante por una falta al borde del área. El club "
            "rival anunció que "
            "recurrirá la tarjeta ante el comité de la federación.",
            "Los aficionados celebraron la victoria en la plaza mayor. El club prepara ya los "
            "fichajes para la próxima "
            "temporada y quiere ampliar la grada sur del estadio.",
        ),
        author="Lucía Ferrán",
        tags=("Real Cantueso", "Fútbol", "Ascenso"),
        related=(
            "El Real Cantueso renueva a su entrenador",
            "Iker Solana, el capitán que no quiso irse",
            "La segunda división tendrá tres equipos nuevos",
            "El estadio de Cantueso estrenará grada",
        ),
    ),
    Story(
        language="pt",
        section="Saúde",
        wrong_section="Automóveis",
        headline="Hospital de Vale Fundo abre ala para crianças",
        standfirst="Médicos esperam reduzir a fila das cirurgias",
        paragraphs=(
            "O hospital de Vale Fundo abriu uma ala para crianças com trinta leitos. Os médicos "
            "esperam reduzir pela "
            "metade a fila das cirurgias até o fim do inverno.",
            "A diretora, Neusa Pardal, disse que faltavam enfermeiros para cuidar dos pacientes mais "
            "novos. O hospital "
            "contratou quinze profissionais e ainda procura dois anestesistas.",
            '"As famílias tinham de viajar três horas para um exame", afirmou Pardal. A nova ala tem uma sala de '
            "vacinas e um quarto onde os pais podem dormir.",
            "O dinheiro veio de uma campanha de doações e do governo do estado. A obra atrasou dois "
            "anos porque a "
            "primeira empresa contratada faliu antes de terminar o telhado.",
            "O tratamento de doenças respiratórias será a prioridade nos primeiros meses. Os casos "
            "de bronquite "
            "aumentaram entre as crianças que vivem perto da pedreira.",
        ),
        author="Davi Morgado",
        tags=("Vale Fundo", "Hospital", "Crianças"),
        related=(
            "Hospital de Vale Fundo busca enfermeiros",
            "Bronquite aumenta entre crianças",
            "Governo promete verba para hospitais",
            "Vacinas chegam a Vale Fundo",
        ),
    ),
    Story(
        language="it",
        section="Cronaca",
        wrong_section="Moda",
        headline="Borgoforte, crolla il tetto della vecchia filanda",
        standfirst="Nessun ferito, ma la strada resta chiusa",
        paragraphs=(
            "Il tetto della vecchia filanda di Borgoforte è crollato nella notte. Nessuno è rimasto "
            "ferito, ma la strada "
            "provinciale resta chiusa al traffico, hanno detto i vigili del fuoco.",
            "La sindaca, Elda Bertoni, ha fatto sgomberare due case vicine. Gli abitanti dormono da "
            "parenti o nella "
            "palestra della scuola media.",
            "«Avevamo segnalato le crepe da anni», ha raccontato un vicino. Il comune aveva chiesto "
            "al proprietario di "
            "mettere in sicurezza l'edificio, senza ricevere risposta.",
            "La procura ha aperto un'inchiesta e ha sequestrato i documenti dell'ultimo sopralluogo. "
            "I tecnici useranno "
            "un drone per controllare i muri che sono rimasti in piedi.",
            "La filanda diede lavoro a trecento operaie fino agli anni sessanta. Un comitato "
            "vorrebbe farne un museo, "
            "ma finora nessuno ha trovato i soldi.",
        ),
        author="Nerina Galvani",
        tags=("Borgoforte", "Filanda", "Crollo"),
        related=(
            "La filanda di Borgoforte e le sue operaie",
            "Borgoforte, due case sgomberate",
            "La procura indaga sul crollo",
            "Strada provinciale chiusa per un mese",
        ),
    ),
    Story(
        language="nl",
        section="Wetenschap",
        wrong_section="Koken",
        headline="Onderzoekers vinden zeldzame kikker in Drielander veen",
        standfirst="Het dier was zestig jaar niet meer gezien",
        paragraphs=(
            "Onderzoekers van de universiteit hebben in het Drielander veen een kikker gevonden die "
            "zestig jaar niet "
            "meer was gezien. Dat schrijven ze in een vakblad voor biologie.",
            "De biologe Hilde Roskam hoorde het dier eerst op een opname. Daarna zocht haar team "
            "twee weken lang met "
            "lampen langs de sloten, tot een student het vond.",
            '"We dachten dat de soort was uitgestorven", zei Roskam. Het genetisch onderzoek in het laboratorium moet '
            "uitwijzen hoeveel dieren er nog leven.",
            "Het veen droogt uit door de warme zomers en de boeren in de buurt pompen water weg. De "
            "provincie wil nu "
            "een dam bouwen die het waterpeil hoog houdt.",
            "Natuurbeschermers zijn blij met de vondst. Zij hopen dat het gebied sneller een "
            "beschermd reservaat wordt, "
            "waar geen honden meer mogen loslopen.",
        ),
        author="Joris Effing",
        tags=("Drielander veen", "Kikkers", "Biologie"),
        related=(
            "Drielander veen droogt verder uit",
            "Biologen tellen minder kikkers",
            "Provincie bouwt dam in het veen",
            "Wat een genetisch onderzoek vertelt",
        ),
    ),
    Story(
        language="pl",
        section="Sport",
        wrong_section="Gospodarka",
        headline="Siatkarki z Brzezia w finale pucharu",
        standfirst="Kapitan zespołu grała z zabandażowaną dłonią",
        paragraphs=(
            "Siatkarki z Brzezia awansowały do finału pucharu po meczu, który trwał ponad dwie "
            "godziny. Drużyna "
            "przegrywała już dwa sety, ale odwróciła wynik spotkania.",
            "Kapitan zespołu, Hanna Wilk, grała z zabandażowaną dłonią i zdobyła dwadzieścia "
            "punktów. Trener mówił po "
            "meczu, że jeszcze nie widział takiej zawodniczki.",
            "„Kibice ponieśli nas do zwycięstwa”, powiedziała Wilk. W hali było trzy tysiące widzów, "
            "a bilety "
            "sprzedano w kilka godzin.",
            "Finał zostanie rozegrany na neutralnym stadionie. Rywalkami będą mistrzynie ligi, które "
            "w tym sezonie "
            "przegrały tylko jedno spotkanie.",
            "Klub chce zatrzymać w składzie wszystkie reprezentantki. Prezes zapowiedział nowe "
            "kontrakty i remont hali, "
            "w której trenuje także młodzież.",
        ),
        author="Olga Sienicka",
        tags=("Brzezie", "Siatkówka", "Puchar"),
        related=(
            "Hanna Wilk zostaje w Brzeziu",
            "Terminarz finału pucharu",
            "Hala w Brzeziu czeka na remont",
            "Siatkarki mistrzyniami jesieni",
        ),
    ),
    Story(
        language="ru",
        section="Общество",
        wrong_section="Мода",
        headline="В Заречном откроют библиотеку после ремонта",
        standfirst="Жители ждали этого четыре года",
        paragraphs=(
            "В Заречном заканчивается ремонт городской библиотеки, которую закрыли четыре года назад "
            "из-за трещин в "
            "стенах. Об этом рассказала её директор Вера Лыкова.",
            "Рабочие укрепили фундамент и заменили крышу. Книги всё это время хранились в подвале "
            "школы, и часть из них "
            "пострадала от сырости.",
            "«Мы высушили каждый том вручную», — сказала Лыкова. Читателям помогали студенты, "
            "которые составили новый "
            "каталог и отремонтировали старые полки.",
            "На ремонт потратили сорок миллионов рублей. Половину суммы выделил областной бюджет, "
            "остальное собрали "
            "местные предприятия и сами жители города.",
            "В здании появится зал для детей и мастерская, где можно чинить велосипеды. Открытие "
            "пройдёт без речей, "
            "обещают сотрудники библиотеки.",
        ),
        author="Глеб Туманов",
        tags=("Заречный", "Библиотека", "Ремонт"),
        related=(
            "Библиотека Заречного собирает книги",
            "Школа Заречного отметит юбилей",
            "Ремонт в Заречном подорожал",
            "Вера Лыкова: читать снова модно",
        ),
    ),
    Story(
        language="ar",
        section="رياضة",
        wrong_section="اقتصاد",
        headline="نادي الواحة يفوز بكأس المدينة بعد مباراة مثيرة",
        standfirst="الحارس البديل صد ركلتي جزاء",
        paragraphs=(
            "فاز نادي الواحة بكأس المدينة لكرة القدم بعد مباراة استمرت حتى الأشواط الإضافية أمام "
            "عشرين ألف مشجع في "
            "الملعب الكبير.",
            "سجل القائد سامر الحداد هدف الفوز من ركلة حرة في الدقيقة الأخيرة. وكان الفريق قد خسر "
            "المباراة النهائية في "
            "الموسم الماضي.",
            "وقال المدرب إن اللاعبين لم يتوقفوا عن التدريب حتى في أيام العطلة. وأضاف أن الحارس "
            "البديل صد ركلتي جزاء "
            "رغم إصابته في الكتف.",
            "طرد الحكم مدافعا من الفريق المنافس بعد خطأ قرب منطقة الجزاء. واحتج مسؤولو النادي على "
            "القرار وقالوا إنهم "
            "سيتقدمون بشكوى إلى الاتحاد.",
            "احتفل المشجعون في شوارع المدينة حتى الفجر. ويستعد النادي لشراء لاعبين جدد قبل بداية "
            "الموسم المقبل وتوسيع "
            "مدرجات الملعب.",
        ),
        author="هدى الشامي",
        tags=("نادي الواحة", "كأس المدينة", "كرة القدم"),
        related=(
            "نادي الواحة يجدد عقد مدربه",
            "سامر الحداد أفضل لاعب في الموسم",
            "جدول مباريات كأس المدينة",
            "توسيع ملعب نادي الواحة",
        ),
    ),
    Story(
        language="zh",
        section="科技",
        wrong_section="美容",
        headline="青河大学研制出新型海水电池",
        standfirst="研究人员说成本只有传统电池的三分之一",
        paragraphs=(
            "青河大学的研究人员研制出一种利用海水发电的新型电池，实验室数据显示其成本只有传统电池的三分之一。",
            "项目负责人梁博远说，团队用了五年时间寻找合适的材料。他们测试了两百多种合金，最后选用了一种常见的镁合金。",
            "“我们希望渔船和灯塔先用上这种设备，”梁博远说。学生们已经在港口安装了十块样品，用来测量温度和盐度的影响。",
            "这项研究发表在一本能源期刊上。评审专家认为，数据可靠，但电池的寿命还需要更长时间的验证，才能在工业上应用。",
            "学校计划与一家企业合作建设生产线。工程师说，软件和芯片的设计已经完成，剩下的问题是如何防止电极被腐蚀。",
        ),
        author="苏晓岚",
        tags=("青河大学", "海水电池", "能源"),
        related=("青河大学公布电池实验数据", "镁合金价格上涨", "港口灯塔换上新电池", "梁博远谈材料研究"),
    ),
    Story(
        language="ja",
        section="スポーツ",
        wrong_section="経済",
        headline="青嶺高校が逆転で県大会優勝",
        standfirst="控えの投手が最後の打者を三振に",
        paragraphs=(
            "青嶺高校が県大会の決勝で逆転勝ちし、十二年ぶりの優勝を果たした。最終回に三点を奪い、五対四で試合を決めた。",
            "主将の岸本大地選手は三安打を放った。監督は「選手たちが最後まで諦めなかった」と話し、涙を流した。",
            "控えの投手が最後の打者を三振に取ると、スタンドの生徒たちが総立ちになった。球場には八千人の観客が集まった。",
            "相手チームは今季無敗だったが、雨で中断した後に守備が乱れた。審判の判定をめぐって抗議する場面もあった。",
            "青嶺高校は来月の全国大会に出場する。学校は遠征の費用を集めるため、卒業生に寄付を呼びかけている。",
        ),
        author="成田みゆき",
        tags=("青嶺高校", "県大会", "野球"),
        related=(
            "青嶺高校、準決勝を突破",
            "岸本大地選手の一日",
            "県大会の日程を発表",
            "全国大会の組み合わせ決まる",
        ),
    ),
)
