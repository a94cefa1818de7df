// Made by clients/js/generate.py; do not edit.

/** One article, cleaned: `headline` and `summary` are plain text, `body` is safe HTML. `published` is None when nobody said when; it never becomes "now". */
export interface Article {
  id: string;
  headline: string;
  body?: string;
  summary?: string | null;
  section?: string;
  topics?: string[];
  authors?: Author[];
  published?: string | null;
  updated?: string | null;
  language?: string | null;
  url?: string | null;
  provenance?: Provenance;
  updates?: ArticleUpdate[];
  pictures?: Picture[];
  labels?: string[];
}

/** Parts of an article that findings change; None: not changed, or not known. */
export interface ArticleParts {
  headline?: string | null;
  body?: string | null;
  authors?: Author[] | null;
  published?: string | null;
  updated?: string | null;
  section?: string | null;
  first_published_by?: string | null;
  first_published?: string | null;
  original_url?: string | null;
  original?: string | null;
}

/** The article. */
export interface ArticleQuery {
  id: string;
}

/** One article as stored. `article` is None when events name it but nobody published it. */
export interface ArticleRecord {
  id: string;
  path: string;
  article: Article | null;
  counts: Counts;
  reactions: { [name: string]: number };
  story: string[];
  held?: string | null;
}

/** A change that readers are told of. */
export interface ArticleUpdate {
  time: string;
  note: string;
}

/** One version of an article. The newest has no time of replacement. */
export interface ArticleVersionRecord {
  number: number;
  replaced: string | null;
  article: Article;
}

/** An article, a moment, and if it is known the log entry that the answer was based on (`offset` of a slate). */
export interface AsOfQuery {
  article: string;
  time: string;
  offset?: number | null;
  slots?: number | null;
  draw?: string | null;
}

/** A person, desk or agency that an article names as its author. */
export interface Author {
  name: string;
  role?: string | null;
  biography?: string | null;
  outlet?: string | null;
  picture?: string | null;
}

/** What the page or feed that an article came from says of it, word for word; kept, and not believed for that. */
export interface Claims {
  headline?: string | null;
  outlet?: string | null;
  byline?: string | null;
  published?: string | null;
  section?: string | null;
  canonical_url?: string | null;
}

/** What the rules did with one day's views. `excluded` has their number by reason, `articles` also by article. */
export interface CountingRecord {
  day: string;
  timezone: string;
  raw: number;
  repeated: number;
  views: number;
  readers: number;
  later: number;
  doubtful: number;
  excluded: { [name: string]: number };
  articles: UncountedViews[];
  seal: string;
}

/** How often an article was opened, and what of that was counted. All are whole numbers of events or readers. */
export interface Counts {
  raw: number;
  excluded: number;
  repeated: number;
  views: number;
  readers: number;
  window_readers?: number | null;
}

/** A day of the site's time zone. */
export interface DayQuery {
  day?: string | null;
}

/** Whether the response is for pages of another site, and its key. */
export interface EmbedQuery {
  absolute?: boolean;
  key?: string | null;
}

/** Requests that were rejected for one reason, with one key, from the pages of one site, since the server started. Attributes: kind: `unknown-key`, `wrong-origin` (the key is for other sites), `no-key` (the site is allowed nowhere). key: the site key that was sent; empty: none. origin: the site, as the browser names it; empty: the request came from a server. requests: how many. */
export interface EmbedRejection {
  kind: string;
  key: string;
  origin: string;
  requests: number;
  first: string;
  last: string;
}

/** Which page asks for which shelves. A name in `shelf` that no shelf has is answered with a note. */
export interface EmbedRequest {
  url?: string | null;
  article?: string | null;
  shelf?: string[];
  slots?: number;
  lang?: string;
  brand?: string | null;
  personalised?: boolean;
  history?: string[];
  draw?: string | null;
}

/** The shelves that were asked for, by name, with their titles. Attributes: article: the id of the article at that address; None: none is known. counted: whether events of this page are accepted. notes: what the site's developer should know: an unknown page or kind of shelf, a missing key. */
export interface EmbeddedShelves {
  article: string | null;
  counted: boolean;
  words: ShelfWords;
  titles: { [name: string]: string };
  shelves: { [name: string]: Shelf };
  notes?: string[];
}

/** A day whose events were erased: its date, and when it begins and ends (ms since 1970, UTC). */
export interface ErasedDay {
  day: string;
  since: number;
  until: number;
}

/** A name that was erased, without the name. Attributes: kind: whose it was. key: `slugs.key` of its slug, as the features of articles have it. texts: whether it left the texts of articles too, beside the list of their authors or topics. base: of the hashes, in hexadecimal. forms: of each form in which it may stand: its bytes, and the hashes of its beginning and of all of it. */
export type ErasedName = ["author" | "topic", number, boolean, string, [number, string, string][]];

/** A text that was erased: its SHA-256, and its length in bytes, both as UTF-8. */
export interface ErasedText {
  sha256: string;
  bytes: number;
}

/** What an erasure is of: ids of articles, hashes of their addresses in hexadecimal, names by their hashes, days. */
export interface ErasedThings {
  articles?: string[];
  addresses?: string[];
  names?: ErasedName[];
  days?: ErasedDay[];
}

/** What an erasure removed. Attributes: key, by, reason, time: name of the erasure, by whom, why and when. what: ids of the articles, hashes of their addresses. removed: number of rows by table. files: number of pictures' files that were removed on this machine. texts: of each version. traces: of the passages that must not be found. shared: number of passages that are not looked for, since other articles have them; `shared_with`: which. short: number of texts that are too short to be looked for. pictures: keys of the pictures whose files were removed. names: those that are looked for, in the forms that no article has (any more). events: number of events that were erased; `traces` are of as many of them as show any page of a file. control: a text in the list of erasures, which must be found; `control_traces` of it. format: of the receipt. */
export interface ErasureReceipt {
  key: string;
  by: string;
  reason: string;
  time: string;
  what: ErasedThings;
  removed: { [name: string]: number };
  files: number;
  texts: ErasedText[];
  traces: Traces;
  shared: number;
  shared_with: string[];
  short: number;
  pictures: string[];
  control: string;
  control_traces: Traces;
  format?: number;
  names?: ErasedName[];
  events?: number;
}

/** An erasure: ids of what was erased, and the number of rows by table. */
export interface ErasureRecord {
  key: string;
  time: string;
  by: string;
  reason: string;
  articles: string[];
  removed: { [name: string]: number };
}

/** The article, and why it is erased; the reason is kept and must not repeat the text. */
export interface ErasureRequest {
  article: string;
  reason: string;
}

/** Clicks gained (below 0: lost) on `covered` of the `slots` that change, ± `margin` (95 %). `clicks` is the number in the log that it rests on. Where not `enough` was seen the numbers say nothing. */
export interface EstimatedClicks {
  difference: number;
  margin: number;
  slots: number;
  covered: number;
  clicks: number;
  enough: boolean;
}

/** One thing that happened to an article, as its sender tells it. */
export interface Event {
  kind: EventKind;
  article: string;
  time?: string | null;
  id?: string | null;
  reader?: string | null;
  visit?: string | null;
  user_agent?: string | null;
  shelf?: string | null;
  position?: number | null;
  source?: string | null;
  serve_id?: string | null;
  propensity?: number | null;
  signature?: string | null;
  seconds?: number | null;
  scroll?: number | null;
  name?: string | null;
  undo?: boolean;
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
}

/** What a reader did, or a shelf showed. */
export type EventKind = "impression" | "reaction" | "read" | "share" | "view";

/** Outcome of a batch of events. The `excluded` ones are among the accepted or the duplicates. */
export interface EventsResult {
  accepted: number;
  duplicates: number;
  excluded: number;
  refused: FieldError[];
  refused_beyond?: number;
  unsigned?: number;
}

/** An exclusion by hand. `by` is the name of the API key or of the user, `undone` when it was taken back. */
export interface ExclusionRecord {
  key: string;
  time: string;
  by: string;
  reason: string;
  events: number;
  first: number;
  last: number;
  article?: string | null;
  since?: string | null;
  until?: string | null;
  reader?: string | null;
  network?: number | null;
  undone?: string | null;
  undone_by?: string;
}

/** Events of the log, those to which everything that is given applies, and why they are excluded. */
export interface ExclusionRequest {
  reason: string;
  article?: string | null;
  since?: string | null;
  until?: string | null;
  first?: number;
  last?: number;
  reader?: string | null;
  reader_of?: number;
  network_of?: number;
}

/** One error in a request: what is wrong, with which field, of which item of a list. */
export interface FieldError {
  text: string;
  field?: string | null;
  index?: number | null;
}

/** An article (`key` is its id), section, author, topic or source. */
export interface FiguresGroup {
  key: string;
  title: string;
  totals: ReadingTotals;
}

/** A part of time by its beginning on the site's clocks. */
export interface FiguresPeriod {
  begin: string;
  totals: ReadingTotals;
}

/** A range of days of the site's time zone, both included, how it is cut, and of which articles. */
export interface FiguresRange {
  since?: string | null;
  until?: string | null;
  by?: "day" | "hour" | "month" | "week";
  of?: "article" | "author" | "section" | "source" | "topic";
  section?: string;
  author?: string;
  most?: number;
}

/** The figures of a range: by time, and by what they are of, most readers first. */
export interface FiguresTables {
  since: string;
  until: string;
  timezone: string;
  periods: FiguresPeriod[];
  groups: FiguresGroup[];
}

/** One thing about an article that is not as it claims, with its evidence in the article's own words. */
export interface Finding {
  kind: string;
  evidence: string;
  confidence: number;
  why: string;
  stands?: boolean;
  overruled?: boolean;
}

/** An editor's decision on the findings of one kind about an article. */
export interface FindingDecision {
  article: string;
  kind: string;
  overruled?: boolean;
}

/** The article's findings after the decision, which is on disk. */
export interface FindingsResult {
  article: string;
  findings: Finding[];
}

/** What a reader may want to follow. */
export interface FollowQuery {
  history?: string[];
  earlier?: string[];
  brand?: string | null;
  language?: string | null;
  following?: string[];
  slots?: number;
}

/** What a reader may want to follow, best first; without a reader, what is read most. */
export interface FollowSuggestions {
  topics: TopicToFollow[];
  sections: TopicToFollow[];
  authors: TopicToFollow[];
  as_of: string;
  offset: number;
}

/** Health of the worker that answered. */
export interface HealthStatus {
  status: string;
  version: string;
  worker: number;
  offset: number;
  log_end?: number | null;
  lag?: number | null;
  model?: string | null;
  text?: string | null;
  model_text?: string | null;
}

/** An article that is held back; without `until` it waits for its sender. */
export interface HeldRecord {
  id: string;
  headline: string;
  until?: string | null;
  why?: string;
  source?: string | null;
}

/** What became of a message. */
export interface HookResult {
  articles: { [name: string]: number };
  refused?: string[];
  polled?: boolean;
}

/** One thing on a page that is not as it claims. */
export interface InspectionFinding {
  kind: string;
  evidence: string;
  confidence: number;
  why: string;
  overturned_by: string;
}

/** The parts of a page as far as they can be known, and the findings; null where the text contradicts a part. */
export interface InspectionReport {
  headline: string | null;
  outlet: string | null;
  byline: string | null;
  published: string | null;
  section: string | null;
  topics: string[];
  body: string | null;
  biography: string | null;
  findings: InspectionFinding[];
  original: Original | null;
}

/** A page: its address, which is fetched, or its HTML or text; with either of these `url` only says where it is. */
export interface InspectionRequest {
  url?: string | null;
  html?: string | null;
  text?: string | null;
  report?: boolean;
}

/** The picture of a shelf's item: addresses of its files, size of the largest in pixels, mean colour. */
export interface ItemPicture {
  src: string;
  srcset: string;
  width: number;
  height: number;
  colour: string;
  alt?: string;
}

/** The query parameter for pages of other sites. */
export interface KeyQuery {
  key?: string | null;
}

/** The same with the site key, as query parameters. */
export interface KeyedEmbedRequest {
  url?: string | null;
  article?: string | null;
  shelf?: string[];
  slots?: number;
  lang?: string;
  brand?: string | null;
  personalised?: boolean;
  history?: string[];
  draw?: string | null;
  key?: string | null;
  __amp_source_origin?: string | null;
}

/** One reader of a newsletter: your own key for them, and what they have opened, oldest first. */
export interface NewsletterReader {
  reader: string;
  history?: string[];
  earlier?: string[];
  region?: number | null;
  since?: string | null;
}

/** What many readers may want next. */
export interface NewsletterRequest {
  published_only?: boolean;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
  slots?: number;
  brand?: string | null;
  readers: NewsletterReader[];
}

/** An article that may be wanted next; scores order the articles of one answer and mean nothing beyond that. */
export interface NextArticle {
  article: string;
  score: number;
}

/** What may be wanted next, best first, without reasons. `offset` is the last log entry that it is based on. */
export interface NextArticles {
  items: NextArticle[];
  method: string;
  as_of: string;
  offset: number;
}

/** What one of several readers may want next, best first; `reader` is the sender's own key. While readers are answered the log goes on: `offset` is the last entry that this answer is based on. */
export interface NextOfReader {
  reader: string;
  items: NextArticle[];
  method: string;
  offset: number;
}

/** What several readers may want next, in the order of the request, all as of one moment. */
export interface NextOfReaders {
  readers: NextOfReader[];
  as_of: string;
}

/** What is known of a reader, and what is wanted. */
export interface NextQuery {
  published_only?: boolean;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
  slots?: number;
  brand?: string | null;
  history?: string[];
  earlier?: string[];
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
  key?: string | null;
}

/** No parameters. */
export type NoQuery = object;

/** A list of articles for a reader. */
export interface OrderRequest {
  history?: string[];
  earlier?: string[];
  brand?: string | null;
  language?: string | null;
  articles: string[];
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
}

/** What a copied article seems to be a copy of; `id` and `url` only of one in the archive. */
export interface Original {
  outlet: string | null;
  author: string | null;
  why: string;
  id?: string | null;
  url?: string | null;
}

/** A picture of an article, as its sender describes it; the first one of an article leads. */
export interface Picture {
  address: string;
  alt?: string | null;
  caption?: string | null;
  credit?: string | null;
  licence?: string | null;
  focus?: [number, number] | null;
}

/** The article, and the end of the pin. */
export interface PinRequest {
  article: string;
  until: string;
}

/** The pin at a place. `by` is the name of the API key that set it. */
export interface PinStatus {
  place: number;
  article: string;
  path: string;
  until: string;
  by: string;
}

/** An item of a shelf; `was` is its place without the rule, None: it was not there. */
export interface PreviewItem {
  article: string;
  headline: string | null;
  reason: string;
  was?: number | null;
  by_rule?: boolean;
}

/** The shelves beside one article, by name. */
export interface PreviewPage {
  article: string;
  shelves: { [name: string]: PreviewShelf };
}

/** A rule that nobody has made, and the articles beside which its shelves are shown. */
export interface PreviewRequest {
  rule: RuleRequest;
  articles: string[];
}

/** One shelf with the rule, and the ids of articles that it has no more. */
export interface PreviewShelf {
  items: PreviewItem[];
  gone: string[];
  changed: boolean;
}

/** RFC 9457 problem details. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: FieldError[];
  errors_beyond?: number;
}

/** Whose article it is: what was claimed, what was observed, and what follows. What is not known is None, never guessed. */
export interface Provenance {
  outlet?: string | null;
  source?: string | null;
  canonical_url?: string | null;
  first_published_by?: string | null;
  first_published?: string | null;
  original_url?: string | null;
  original?: string | null;
  claims?: Claims | null;
  fetched_url?: string | null;
  first_seen?: string | null;
  sender_id?: string | null;
  former_urls?: string[];
  corrected?: string[];
  findings?: Finding[];
  given?: ArticleParts | null;
  found?: ArticleParts | null;
}

/** Outcome of one article that was sent. */
export interface PublishResult {
  id: string | null;
  outcome: string;
  field?: string | null;
  text?: string | null;
  ignored?: string[];
}

/** What Ranking goes by. */
export type RankBy = "reactions" | "readers" | "reading" | "rising" | "shares";

/** Which ranking: its section, window, length and newspaper, by what it goes, the filters of a request for shelves, and for which site key. */
export interface RankingsQuery {
  published_only?: boolean;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
  section?: string | null;
  window?: Window;
  last?: string | null;
  by?: RankBy;
  region?: number | null;
  referrer?: number | null;
  slots?: number;
  brand?: string | null;
  key?: string | null;
}

/** Sums over a time; `engaged` is the mean of reported seconds, null: none was reported. */
export interface ReadingTotals {
  views: number;
  readers: number;
  reads: number;
  engaged: number | null;
  impressions: number;
  clicks: number;
  onward: number;
  excluded: number;
  doubtful: number;
}

/** The evidence that put an item where it is, in words and in numbers. */
export interface Reason {
  kind: string;
  text: string;
  numbers?: { [name: string]: number };
  fallback?: boolean;
}

/** Why. */
export interface ReasonQuery {
  reason?: string;
}

/** A rule that nobody has made, and how many of the day's pages are filled again. */
export interface ReplayRequest {
  rule: RuleRequest;
  slates?: number;
}

/** Slots that an article would have had without the rule and with it, of those that change. */
export interface ReplayedArticle {
  article: string;
  before: number;
  after: number;
}

/** What a rule would have done: of `slates` pages with shelves that readers saw, `changed` would be different. `alike` is the share of slots in which the replay without the rule has what readers saw. */
export interface ReplayedRule {
  text: string;
  since: string;
  until: string;
  slates: number;
  concerned: number;
  sampled: number;
  changed: number;
  alike: number;
  clicked: number;
  shelves: ReplayedShelf[];
  articles: ReplayedArticle[];
  estimate: EstimatedClicks;
  seconds: number;
}

/** Slots of a shelf that readers saw, and how many would have had another article. */
export interface ReplayedShelf {
  shelf: string;
  seen: number;
  changed: number;
}

/** A question to the engine: what belongs beside this article, for this reader, at this moment? */
export interface Request {
  article?: string | null;
  url?: string | null;
  history?: string[];
  section?: string | null;
  window?: Window;
  earlier?: string[];
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
  personalised?: boolean;
  slots?: number | null;
  shelf?: string[];
  brand?: string | null;
  published_only?: boolean;
  draw?: string | null;
  language?: string | null;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  last?: string | null;
  by?: RankBy;
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
}

/** Articles that a rule is about: one by its id, the story of one, or those of a topic, section, author, outlet. */
export interface RuleArticles {
  by: TargetKind;
  value: string;
}

/** What a rule does to the articles that it is about. */
export type RuleKind = "ban" | "boost" | "bury" | "embargo" | "join" | "label" | "layout" | "part" | "pin" | "share" | "slot";

/** What a rule would change. `text` is the rule in words, `conflicts` what editors should know of it. */
export interface RulePreview {
  text: string;
  conflicts: string[];
  pages: PreviewPage[];
  changed: number;
}

/** A rule. `text` says it in words, `note` why it has no effect now, `conflicts` what editors should know of it. */
export interface RuleRecord {
  key: string;
  kind: RuleKind;
  text: string;
  target: RuleTarget;
  added: string;
  by: string;
  reason?: string;
  beside?: RuleTarget | null;
  shelves?: string[];
  place?: number;
  strength?: number;
  count?: number;
  label?: string;
  share?: number;
  most?: boolean;
  since?: string | null;
  until?: string | null;
  note?: string;
  ended?: string | null;
  ended_by?: string;
  conflicts?: string[];
}

/** A rule to be made. */
export interface RuleRequest {
  kind: RuleKind;
  target: RuleArticles;
  beside?: RuleArticles | null;
  shelves?: string[];
  place?: number;
  strength?: number;
  count?: number;
  share?: number;
  most?: boolean;
  label?: string;
  since?: string | null;
  until?: string | null;
  reason?: string;
  replaces?: string;
  key?: string | null;
}

/** Articles: `value` is an article's id, the name of a topic, section, author or outlet, or of new ones the number of hours or days. */
export interface RuleTarget {
  by: TargetKind;
  value: string;
}

/** Which rules: with `ended` all that ever were. */
export interface RulesQuery {
  ended?: boolean;
}

/** One ordered list with what it was made from. `short` says why there are fewer items than slots. */
export interface Shelf {
  kind: string;
  items: ShelfItem[];
  method: string;
  as_of: string;
  serve_id: string;
  short?: string | null;
}

/** One slot of a shelf. Headline, section and date are None for an article that was never published here. */
export interface ShelfItem {
  article: string;
  position: number;
  score: number;
  reason: Reason;
  propensity: number;
  signature?: string;
  headline?: string | null;
  section?: string | null;
  published?: string | null;
  path?: string | null;
  url?: string | null;
  counts?: Counts | null;
  rule?: string;
  label?: string;
  picture?: ItemPicture | null;
}

/** Words around the shelves: a question, the link to the answer, the reader's switch, each label of an article; language and direction. */
export interface ShelfWords {
  why: string;
  how: string;
  personal: string;
  labels: { [name: string]: string };
  language: string;
  direction: string;
}

/** A request for shelves, whether the response is for pages of another site, and its key. */
export interface ShelvesHtmlQuery {
  article?: string | null;
  url?: string | null;
  history?: string[];
  section?: string | null;
  window?: Window;
  earlier?: string[];
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
  personalised?: boolean;
  slots?: number | null;
  shelf?: string[];
  brand?: string | null;
  published_only?: boolean;
  draw?: string | null;
  language?: string | null;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  last?: string | null;
  by?: RankBy;
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
  absolute?: boolean;
  key?: string | null;
}

/** The same for items as JSON; `fields`: what they have, all without any. */
export interface ShelvesQuery {
  article?: string | null;
  url?: string | null;
  history?: string[];
  section?: string | null;
  window?: Window;
  earlier?: string[];
  referrer?: number | null;
  device?: number | null;
  region?: number | null;
  personalised?: boolean;
  slots?: number | null;
  shelf?: string[];
  brand?: string | null;
  published_only?: boolean;
  draw?: string | null;
  language?: string | null;
  exclude?: string[];
  sections?: string[];
  topics?: string[];
  authors?: string[];
  outlets?: string[];
  languages?: string[];
  max_age?: number | null;
  sites?: string[];
  last?: string | null;
  by?: RankBy;
  labels?: string[];
  without?: string[];
  min_words?: number | null;
  since?: string | null;
  absolute?: boolean;
  key?: string | null;
  fields?: ("headline" | "label" | "numbers" | "path" | "picture" | "published" | "rule" | "section" | "signature" | "url")[];
}

/** One source and its status. */
export interface SourceStatus {
  address: string;
  state: string;
  every_seconds: number;
  from_settings: boolean;
  kind?: string | null;
  outlet?: string | null;
  section?: string | null;
  asked?: string | null;
  succeeded?: string | null;
  failed?: string | null;
  error?: string | null;
  failures?: number;
  next?: string | null;
  last?: SourceTally;
  total?: SourceTally;
  refusals?: string[];
  pending?: string[];
  hook?: string;
}

/** What became of the articles that a source brought. */
export interface SourceTally {
  new?: number;
  changed?: number;
  refused?: number;
  held?: number;
  withdrawn?: number;
}

/** What a hub asks before it sends anything (WebSub, 5.3). */
export interface SubscriptionQuery {
  "hub.mode"?: string | null;
  "hub.topic"?: string | null;
  "hub.challenge"?: string | null;
  "hub.lease_seconds"?: string | null;
  "hub.reason"?: string | null;
  "hub.verify_token"?: string | null;
}

/** By what a rule selects articles. */
export type TargetKind = "article" | "author" | "label" | "new articles" | "new authors" | "outlet" | "section" | "story" | "topic";

/** A topic, section or author that a reader may want to follow; `slug` is that of its page. */
export interface TopicToFollow {
  name: string;
  slug: string;
  reason: Reason;
}

/** Hashes of passages in hexadecimal. A text of which 63 bytes in a row stand somewhere has a passage there. Attributes: base: of the polynomial, in hexadecimal. long, short: of passages of LONG and of SHORT bytes. */
export interface Traces {
  base: string;
  long: string[];
  short: string[];
}

/** Views of one article that are not counted, for one reason, between two times. */
export interface UncountedViews {
  article: string;
  reason: string;
  views: number;
  first: string;
  last: string;
}

/** A picture that was uploaded. Attributes: address: what an article names it by, in `pictures`. width, height: of its largest file, in pixels. files: the paths of its files. */
export interface UploadedPicture {
  address: string;
  width: number;
  height: number;
  colour: string;
  credit: string;
  files: string[];
}

/** All versions of an article, the oldest first. */
export interface VersionList {
  id: string;
  versions: ArticleVersionRecord[];
}

/** How far back Ranking looks. */
export type Window = "day" | "ever" | "hour" | "week";

/** Outcome of a withdrawal. */
export interface WithdrawResult {
  id: string;
  outcome: string;
}

/** The article, and why. */
export interface WithdrawalQuery {
  id: string;
  reason?: string;
}

/** A withdrawn article. `source` took it down; without one, the holder of the API key `by` withdrew it. */
export interface WithdrawalRecord {
  id: string;
  time: string;
  reason: string;
  source?: string | null;
  by?: string | null;
  headline?: string | null;
}
