/* What the scripts in static/ share: the parts of `window.locator`, the JSON that the server writes into pages and
 * answers with, and the elements that scripts find by their ids. Read by the type checker alone; nothing of it is served. */

declare global {
  /* ---- What the API answers with (locator/web/api/openapi.py documents it) ---- */

  type State = "open" | "closed" | "unknown";
  type DatumName = "wgs84" | "gcj02" | "bd09";
  /** Latitude and longitude, degrees. */
  type Pair = [number, number];
  /** Longitude and latitude, degrees, of each corner. */
  type Ring = Pair[];

  interface OpenState {
    state: State;
    /** ISO 8601 with the stations' offset; null if it never changes, or nobody knows. */
    until: string | null;
    text: string;
  }

  interface Station {
    station_id: string;
    name: string;
    name_en: string | null;
    kind: string;
    lat: number;
    lon: number;
    position_accuracy_m: number | null;
    district: string | null;
    address: string | null;
    amenities: Record<string, "yes" | "no" | "unknown">;
    hours: string | null;
    /** "open" where it is in service; with any other it is never open. */
    status: string;
    status_until: string | null;
    status_note: string | null;
    entry: string;
    checked_on: string | null;
    pinyin: string | null;
    synthetic: boolean | null;
    doubts: string[];
    phones?: Phone[] | null;
    open: OpenState;
  }

  interface Phone {
    number: string;
    uri: string;
  }

  /** A station near a position. */
  interface Hit extends Station {
    distance_m: number;
    bearing_deg: number;
    /** null where the device has no walking speed. */
    walk_min: number | null;
  }

  interface Answer {
    origin: { lat: number; lon: number };
    radius_m: number;
    as_of: string;
    data_version: string;
    stations: Hit[];
    beyond: Hit | null;
  }

  /** The body of POST /api/nearest. */
  interface NearestRequest extends Choices {
    lat: number;
    lon: number;
    radius?: number;
    datum?: DatumName;
    lang?: string;
  }

  /** What a station must have, as forms and requests say it. */
  interface Choices {
    kind?: string | string[];
    amenity?: string | string[];
    open_at?: string;
    limit?: number;
  }

  /** Which boxes are ticked, by name. */
  type Ticked = Partial<Record<"kind" | "amenity" | "open_at", string | string[]>>;

  type What =
    | "station" | "sub_district" | "district" | "position"
    | "metro_station" | "railway_station" | "landmark" | "hospital" | "university" | "shop" | "road";
  /** It is what was typed; it may be; its name is the beginning of what was typed. */
  type Match = "exact" | "like" | "part";

  /** Somewhere that has a name. */
  interface Place {
    name: string;
    what: What;
    lat: number;
    lon: number;
    accuracy_m: number | null;
    district: string | null;
    key?: string;
    match?: Match;
  }

  interface DistrictAnswer {
    name: string;
    title: string;
    as_of: string;
    /** How many of those in service fit. */
    n: number;
    /** How many are in service. */
    all: number;
    /** How many others fit. */
    out_of_service?: number;
    stations: Station[];
  }

  /** The answer to a report or a request that is stored. */
  interface Stored {
    said: string;
    what: string;
  }

  /** An element of a form, by its data-part. */
  type FormPart = (name: string) => HTMLElement;

  /** A form that is sent by script. */
  interface Watched {
    part: FormPart;
    tell(text: string, isFault: boolean): void;
  }

  /** RFC 9457. */
  interface Problem {
    status?: number | string;
    detail?: string;
  }

  /* ---- The documents that the device answers from (locator/web/api/compact.py writes them) ---- */

  interface Compact {
    data_version: string;
    lang: string;
    synthetic: boolean;
    /** Data kept by an older version have none. */
    walking?: { detour: number; m_per_min: number };
    kinds: string[];
    entries: string[];
    amenities: string[];
    doubts?: string[];
    districts: string[];
    hours: (string | null)[];
    /** Data kept by an older version have none of these three. */
    statuses?: string[];
    /** How many stations are in service: they come first. */
    in_service?: number;
    /** Of the others, in their order. */
    out_of_service?: { status: number[]; until: (number | null)[]; note: (string | null)[] };
    columns: {
      station_id: string[];
      name: string[];
      lat: number[];
      lon: number[];
      kind: number[];
      district: (number | null)[];
      yes: number[];
      no: number[];
      hours: number[];
      entry: number[];
      accuracy_m: (number | null)[];
      checked_on: (number | null)[];
      doubts?: number[];
    };
  }

  /** Start, state, until, the state that follows, whether the day is a holiday; minutes after the document's `from`. */
  type Segment = [number, State, number | null, State | null, boolean | null];

  interface Hours {
    data_version: string;
    from: string;
    until: string;
    soon_min: number;
    phrases: Record<PhraseKey | ServicePhraseKey, string> & { weekdays: string[]; months: string[] };
    schedules: ({ tells_holidays: boolean; segments: Segment[] } | null)[];
  }

  type PhraseKey =
    | "always" | "closed" | "unknown" | "closes" | "opens" | "closes_soon" | "opens_soon" | "open_at_least"
    | "hours_may_differ" | "holidays_not_known" | "tomorrow" | "weekday" | "date";

  type ServicePhraseKey =
    | "closed_for_now" | "planned" | "closed_for_good" | "reopens" | "reopens_overdue" | "starts" | "starts_overdue" | "note"
    | "day_of_month" | "day_of_year";

  interface NamedArea {
    name: string;
    name_en?: string;
    pinyin: string;
    /** Millionths of a degree, as in the compact data. */
    lat: number;
    lon: number;
    /** Of a sub-district. */
    district?: string;
  }

  interface Names {
    data_version?: string;
    lang?: string;
    districts: NamedArea[];
    sub_districts: NamedArea[];
    columns: Record<"other_name" | "pinyin" | "address", (string | null)[]>;
    traditional?: string;
    simplified?: string;
  }

  interface GazetteerDocument {
    kinds: string[];
    districts: string[];
    columns: {
      name: string[];
      /** With semicolons between them. */
      aliases: string[];
      pinyin: string[];
      kind: number[];
      lat: number[];
      lon: number[];
      accuracy_m: number[];
      district: (number | null)[];
    };
    traditional: string;
    simplified: string;
  }

  /* ---- The gazetteer ---- */

  interface Gazetteer {
    find(text: string, limit: number, district?: string | null): Place[];
    findBeginning(text: string, limit: number, district?: string | null): Place[];
    has(key: string | undefined): boolean;
  }

  /** A place and what it is found by. */
  interface GazetteerSpot {
    names: string[];
    spelt: string;
    initials: string;
    place: Place;
  }

  /** One way to understand what was typed. */
  interface Reading {
    name: string;
    isMetro: boolean;
    district: string;
  }

  /* ---- The engine ---- */

  interface EngineChoices {
    limit: number;
    kinds?: string[];
    amenities?: string[];
    /** "now" or ISO 8601. */
    open_at?: string | null;
    /** Now, in milliseconds. */
    at?: number;
  }

  interface EngineQuery extends EngineChoices {
    lat: number;
    lon: number;
    radius_m: number;
  }

  interface Engine {
    nearest(query: EngineQuery): Answer;
    search(text: string, limit: number, inDistrict?: string | null): Place[];
    district(text: string, query: EngineChoices): DistrictAnswer | null;
    /** In the language of the data; null if it has none there. */
    districtName(name: string | null): string | null;
    addNames(more: Names): void;
  }

  /** A row of the compact data, found. */
  interface Spot extends Distance {
    bearing_deg: number;
  }

  /** A row and how far it is. */
  interface Distance {
    row: number;
    distance_m: number;
  }

  type Fits = (row: number) => boolean;

  interface SpotIndex {
    nearest(lat: number, lon: number, radiusM: number, limit: number, fits: Fits): { hits: Spot[]; beyond: Spot | null };
  }

  interface Clock {
    /** At an instant in milliseconds. */
    open(scheduleId: number, ms: number): OpenState;
    outOfService(status: string, until: string | null, note: string | null, ms: number): OpenState;
  }

  interface Angle {
    degrees: number;
    axis: "lat" | "lon" | null;
  }

  /** What an area is found by. */
  interface AreaText {
    place: Place;
    within: string | null;
    pinyin: string;
    text: string;
  }

  /** A great circle's arc on the auxiliary sphere. */
  interface Arc {
    east: number;
    north: number;
    sin: number;
    cos: number;
    sigma: number;
    sinAlpha: number;
    cos2Alpha: number;
    middle: number;
  }

  /* ---- What pages say, and what they hand to their scripts: <script id="words"> ---- */

  type Values = Record<string, string | number>;

  type MessageKey =
    | "metres" | "kilometres" | "way" | "accuracy" | "rest" | "locked" | "amenities_unknown" | "title" | "title_cut" | "none"
    | "none_fits" | "open_nearby" | "closes_before" | "closes_after" | "checked_today" | "checked_yesterday" | "checked_days"
    | "checked_month" | "checked_months" | "checked_long_ago" | "never_checked" | "as_of" | `place_${What}`
    | "zoom_in" | "zoom_out" | "others" | "others_alone" | "pin_out" | "out_note"
    /* the first page */
    | "locating" | "locating_again" | "asking" | PositionTrouble | "no_network" | "rough" | "near_place" | "counted_from" | "rough_place" | "away" | "metro_name" | "around_here" | "which" | "no_place"
    | "say_where" | "district" | "district_fits" | "district_none_fits" | "district_cut" | "nothing_to_answer" | "point_on_map"
    | "places_found" | "filters_on"
    /* the way to a station, and what is said of one */
    | "call" | "call_number" | "web" | "copy_address" | "copy_position" | "copied" | "copy_by_hand" | "sending" | "not_sent"
    /* the city's map */
    | "stations" | "stations_out" | "shown" | "no_data" | "comma"
    /* the frame in other pages */
    | "next_beyond" | "nearest_beyond" | "no_station" | "no_window" | "two_fingers" | "ctrl_wheel"
    /* a list to import */
    | "nameless" | "row" | "sheet_row"
    /* a position to choose */
    | "looking" | "not_looked"
    /* the planner */
    | "stations_layer" | "cells_layer" | "gaps_layer" | "sites_layer" | "scenario_layer" | "asked_layer" | "add_here" | "close_it"
    | "added" | "closed" | "see_change" | "kind" | "cell" | "cell_nowhere" | "not_counted" | "asked" | "site" | "new_station"
    | "working";

  /** A page has the messages of its own scripts, and those that all scripts share. */
  type Words = Record<MessageKey, string> & {
    lang: string;
    radius_text: string;
    radius_m: number;
    /** Clockwise from north, eight of them. */
    directions: string[];
    kinds: Record<string, string>;
    signs: Record<string, string>;
    entries: Record<string, string>;
    statuses: Record<string, string>;
    amenities: Record<string, string>;
    amenity_order: string[];
    limits: { far_min: number; tight_min: number; uncertain_m: number; amenities_shown: number };
    nearest_url: string;
    places_url: string;
    home_url: string;
    /** With STATION in the place of an id, as has the next. */
    station_url: string;
    api_station_url: string;
    finder: { few: number; many: number; listed: number; choices: number };
    embed: EmbedFacts;
    planner: PlannerFacts;
    /** What is said of a row of a list to import. */
    verdicts: Record<string, string>;
  };

  interface EmbedFacts {
    lat: number | null;
    lon: number | null;
    radius_m: number;
    radius_text: string;
    half_text: string;
    is_cut: boolean;
    is_city: boolean;
    zoom: number | null;
    station_id: string;
    dots: Pair[];
    limit: number;
    filters: Choices;
  }

  /** Empty before a question is asked. */
  interface PlannerFacts {
    seconds: number;
    gaps_listed: number;
    kinds: string[];
    gaps: string;
    cells: string;
    gap_table: string;
    asked: string;
    picture: string;
    removed: string[];
    sites: { lat: number; lon: number; gain: number }[];
    added: { lat: number; lon: number }[];
  }

  interface PlannerCells {
    width_deg: number;
    height_deg: number;
    rows: number[];
    columns: number[];
    weight: number[];
    /** Percent of the weight. */
    uncovered: number[];
    mean_m: (number | null)[];
    /** A digit for each station, 1 if it counts; nothing if all do. */
    counting?: string | null;
  }

  interface PlannerStation {
    data: Compact;
    at: LatLng;
    row: number;
    counts: boolean;
  }

  interface PlannerMap {
    map: LeafletMap;
    control: import("leaflet").Control.Layers;
    scenario: LayerGroup;
    cells: PlannerCells | null;
    stations: PlannerStation[] | null;
  }

  /** Where workers asked for a station. */
  interface AskedSquare {
    lat: number;
    lon: number;
    count: number;
    answered: number;
    amenities: Record<string, number>;
  }

  /** A row of a list to import, on its map. */
  interface ImportPoint {
    lat: number;
    lon: number;
    /** Where it was, if it moved. */
    was: Pair | null;
    what: string;
    /** As a spreadsheet numbers it; of a station that is gone null. */
    row: number | null;
    /** Its worksheet, where rows come from several. */
    sheet?: string;
    name: string;
    reason: string;
  }

  type Control = HTMLInputElement | HTMLSelectElement;

  /** How hours would be read (locator/web/manage/hours_preview.py). */
  interface HoursShown {
    said: string;
    is_read: boolean;
    weeks: { title: string; days: [string, string][] }[];
  }

  /** What the server reads in the field for a position (locator/web/manage/picking.py). */
  interface Picked {
    lat: number;
    lon: number;
    said: string;
    /** Instead of the others. */
    trouble?: string;
  }

  /** What static/finder/offline.js says, and where it asks: <script id="offline-words">. */
  interface OfflineWords {
    lang: string;
    worker_url: string;
    engine_url: string;
    gazetteer_url: string;
    documents: Record<DocumentName, string>;
    radius_m: number;
    limit: number;
    kept: string;
    nothing_kept: string;
    today: string;
    yesterday: string;
    days_ago: string;
  }

  type DocumentName = "compact" | "hours" | "names" | "gazetteer" | "districts";

  /** What static/finder/handoff.js makes links from: <script id="handoff">. */
  interface HandoffTable {
    apps: MapApp[];
    rings: Ring[];
    separators: string;
    name_length: number;
    signs: [Platform, string][];
    wechat_sign: string;
  }

  type Platform = "android" | "ios" | "harmony" | "other";

  interface MapApp {
    key: string;
    label: string;
    datum: DatumName;
    urls: Partial<Record<Platform, string>>;
    web: string;
    datum_words: Partial<Record<DatumName, string>>;
  }

  interface Browser {
    platform: Platform;
    in_wechat: boolean;
  }

  interface MapLink {
    key: string;
    label: string;
    url: string;
    web_url: string;
  }

  /* ---- Positions ---- */

  interface LatLon {
    lat: number;
    lon: number;
  }

  /** What a list is about, WGS 84. */
  interface Point extends LatLon {
    place?: string;
    accuracy_m?: number;
  }

  /** How the first page asks what is near. */
  interface AskOptions {
    limit?: number;
    /** Of the point; WGS 84 if none is given. */
    datum?: DatumName;
    /** Leave the focus and the view where they are. */
    isCalm?: boolean;
  }

  type PositionTrouble = "denied" | "framed" | "unsupported" | "unavailable" | "timeout";

  /* ---- The maps ---- */

  type LeafletMap = import("leaflet").Map;
  type LatLng = import("leaflet").LatLng;
  type LayerGroup = import("leaflet").LayerGroup;
  type LeafletMarker = import("leaflet").Marker;
  type Bounds = import("leaflet").LatLngBounds;

  /** The pin of a station in an answer. */
  interface Pin extends LeafletMarker {
    accuracy_m: number;
  }

  /** The pin of a row of the compact data. */
  interface RowMarker extends LeafletMarker {
    row: number;
  }

  /** What a map's script, made by locator/maps.py, hands over. */
  interface MapOptions {
    districts_url: string;
    stations_url: string;
    shifted: Ring[];
  }

  interface Pinned extends LatLon {
    station_id: string;
    kind: string;
    status: string;
    name: string;
    accuracy_m: number;
    sign: string;
  }

  interface Around extends LatLon {
    radius_m: number;
    radius_text: string;
    half_text: string;
    accuracy_m?: number;
    is_cut: boolean;
  }

  /** An answer as the map draws it: about a place, or without one. */
  type Drawn = Partial<Around> & { stations: Pinned[]; keeps_view?: boolean };

  type Content = string | number | boolean | null | undefined | (Element | null)[];

  /* ---- window.locator ---- */

  interface Locator {
    /* static/shared/map.js */
    words: Words;
    fill(text: string, values?: Values): string;
    say(key: MessageKey, values?: Values): string;
    make<K extends keyof HTMLElementTagNameMap>(tag: K, className?: string, content?: Content): HTMLElementTagNameMap[K];
    isInside(rings: Ring[], lat: number, lon: number): boolean;
    toGcj02(lat: number, lon: number): Pair;
    place(lat: number, lon: number): LatLng;
    unplace(drawn: { lat: number; lng: number }): { lat: number; lng: number };
    stateBadge(station: Pick<Station, "status" | "open">): HTMLElement;
    outBadge(data: Compact, row: number): HTMLElement | null;
    startMap(map: LeafletMap, options: MapOptions): void;
    finderMap(map: LeafletMap): void;
    stationMap(map: LeafletMap): void;
    cityMap(map: LeafletMap, options: MapOptions): void;
    /* static/shared/map.js, once there is a map beside the list */
    drawAnswer?(answer: Drawn): void;
    fitAnswer?(): void;
    markPin?(stationId: string | undefined): void;
    /* static/finder/finder.js and static/embed/embed_page.js, for the map to call */
    onPin(stationId: string): void;
    onMapTap(lat: number, lon: number): void;
    /* static/shared/list.js */
    list: {
      title(answer: Answer, isCut: boolean, isFiltered: boolean): string;
      districtTitle(found: DistrictAnswer, isFiltered: boolean): string;
      fill(list: HTMLElement, found: Station[], asOf: string, first?: number): void;
      plain(found: Station[]): HTMLElement;
      isOpen(station: Station): boolean;
      isInService(station: Station): boolean;
      nameOf(station: Station): string;
      addressOf(station: Station): string;
      distance(metres: number): string;
      way(hit: Hit): string;
      arrival(hit: Hit, asOf: string): string;
      checked(checkedOn: string | null, asOf: string): string;
      showIfAny(element: HTMLElement, text: string): void;
      pinned(card: HTMLElement): Pinned;
    };
    /* static/shared/position.js */
    position: {
      find(onRough: () => void): Promise<Point>;
      keep(point: Point | null): void;
      kept(): Point | null;
    };
    /* static/finder/filters.js */
    filters: {
      request(): Choices;
      tick(chosen: Ticked): void;
      clear(): void;
      onChange(changed: () => void): void;
      isAny(): boolean;
    };
    /* static/finder/places.js */
    places: { describe(place: Place): string; onPick(call: (place: Place) => void): void };
    /* static/finder/handoff.js */
    handoff: {
      platform(table: HandoffTable): Browser;
      links(table: HandoffTable, place: LatLon & { name: string }, browser: Browser): MapLink[];
      positions(rings: Ring[], lat: number, lon: number): Record<DatumName, Pair>;
      remember(key: string): void;
      preferred(): string | null;
    };
    /* static/finder/walk.js */
    walk: { open(card: HTMLElement, button: HTMLElement): void };
    /* static/finder/feedback.js, where requests are taken */
    need?: { show(isEmpty: boolean): void };
    /* static/finder/offline.js, where pages are kept */
    offline?: {
      either(asked: Promise<Answer>, request: NearestRequest): Promise<Answer>;
      eitherPlaces(asked: Promise<Place[]>, text: string, limit: number): Promise<Place[]>;
      nearest(request: NearestRequest): Promise<Answer>;
      search(text: string, limit: number, district?: string | null): Promise<Place[]>;
      prepare(): void;
      district(name: string, request: Choices): Promise<DistrictAnswer | null>;
      state(): { is_kept: boolean; kept_at: number | null };
    };
    /* static/finder/engine.js, which offline.js loads */
    engine?: {
      open(compact: Compact, hours: Hours): Engine;
      makePlain(traditional?: string, simplified?: string): (text: string) => string;
      initials(pinyin: string): string;
    };
    /* static/finder/gazetteer.js, which offline.js loads */
    gazetteer?: {
      open(data: GazetteerDocument): Gazetteer;
      search(gazetteer: Gazetteer, engine: Engine, text: string, limit: number, district?: string | null): Place[];
    };
    /* static/planner/planner.js */
    plannerMap(map: LeafletMap, options: MapOptions): void;
    /* static/manage/import.js */
    importMap(map: LeafletMap): void;
    /* static/manage/ask.js */
    ask(url: string, controls: Control[]): Promise<any>;
    /* static/manage/pick.js */
    pickMap(map: LeafletMap, options: MapOptions): void;
    /* static/manage/outlines.js */
    outlinesMap(map: LeafletMap): void;
  }

  interface Window {
    /** Made by the first script that needs it. */
    locator: Locator;
    L?: typeof import("leaflet");
  }

  /* ---- The elements of pages ---- */

  /** By their ids. What only some pages have may be null. */
  interface PageElements {
    words: HTMLElement | null;
    /* The card of a station in a list. */
    [card: `station-${string}`]: HTMLElement | null;
    /* locator/templates/finder/home.html */
    finder: HTMLElement;
    result: HTMLElement;
    stations: HTMLElement;
    "ask-form": HTMLFormElement;
    place: HTMLInputElement;
    district: HTMLSelectElement;
    lat: HTMLInputElement;
    lon: HTMLInputElement;
    datum: HTMLSelectElement;
    filters: HTMLFormElement;
    "more-filters": HTMLElement;
    "filter-count": HTMLElement;
    places: HTMLElement;
    "places-found": HTMLElement;
    locate: HTMLButtonElement;
    "open-full": HTMLElement;
    "open-nearby": HTMLElement;
    "result-title": HTMLElement;
    "beyond-station": HTMLElement;
    others: HTMLElement;
    "other-stations": HTMLElement;
    beyond: HTMLElement;
    more: HTMLFormElement;
    clear: HTMLFormElement;
    "as-of": HTMLElement;
    note: HTMLElement;
    "forget-line": HTMLElement;
    forget: HTMLElement;
    views: HTMLElement;
    "view-map": HTMLElement;
    "view-list": HTMLElement;
    "near-place": HTMLElement;
    rough: HTMLElement;
    trouble: HTMLElement;
    status: HTMLElement;
    "map-side": HTMLElement;
    pick: HTMLElement;
    "pick-cancel": HTMLElement;
    card: HTMLTemplateElement;
    need: HTMLDetailsElement;
    "need-form": HTMLFormElement | null;
    "report-form": HTMLFormElement | null;
    "note-form": HTMLFormElement;
    handoff: HTMLElement;
    "walk-sheet": HTMLElement | null;
    "walk-close": HTMLElement;
    "walk-name": HTMLElement;
    /* other pages of readers */
    offline: HTMLElement;
    "offline-words": HTMLElement;
    "station-map": HTMLElement;
    shown: HTMLElement;
    /* locator/templates/embed */
    widget: HTMLElement;
    list: HTMLElement;
    chosen: HTMLElement;
    near: HTMLElement | null;
    "near-link": HTMLElement;
    rest: HTMLElement | null;
    title: HTMLElement;
    "map-frame": HTMLElement;
    "map-hint": HTMLElement;
    choices: HTMLFormElement;
    preview: HTMLIFrameElement;
    "preview-title": HTMLElement;
    frame: HTMLTextAreaElement;
    element: HTMLTextAreaElement;
    oembed: HTMLTextAreaElement;
    /* locator/templates/planner */
    question: HTMLFormElement;
    "map-status": HTMLElement;
    ask: HTMLButtonElement;
    working: HTMLElement;
    at: HTMLInputElement;
    add: HTMLInputElement;
    remove: HTMLInputElement;
    "what-if": HTMLDetailsElement;
    "add-middle": HTMLElement;
    "gap-table": HTMLElement;
    picture: HTMLImageElement;
    /* locator/templates/manage */
    "import-points": HTMLElement;
    "import-legend": HTMLElement;
    position: HTMLInputElement;
    "typed-form": HTMLFormElement;
    "outline-points": HTMLElement;
    hours_text: HTMLInputElement;
    "hours-read": HTMLElement & { dataset: { url: string } };
    position_accuracy_m: HTMLInputElement | null;
    "position-said": HTMLElement;
    "pick-position": HTMLElement & { dataset: { url: string } };
    "pick-landmarks": HTMLElement;
  }

  interface Document {
    getElementById<K extends keyof PageElements>(id: K): PageElements[K];
    /** The same before the standard had it. */
    featurePolicy?: { allowsFeature(feature: string): boolean };
    permissionsPolicy?: { allowsFeature(feature: string): boolean };
  }

  /** What static/embed.js asks its frame. */
  interface FrameMessage {
    type: "show" | "locate";
    station_id?: string;
  }

  type ById = <K extends keyof PageElements>(id: K) => PageElements[K];
}

export {};
