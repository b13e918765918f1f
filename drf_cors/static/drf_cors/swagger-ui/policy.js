/**
 * Reads an `x-cors-policy` object, full or summary, and describes it in words. Pure functions; no page, no React.
 *
 * Nothing here decides whether a request is allowed: only the server does.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const KEY = "x-cors-policy";
  const METHODS_KEY = "x-cors-methods"; // what Access-Control-Allow-Methods names
  const words = DrfCors.words;

  // What browsers send without a preflight (Fetch, "CORS-safelisted method" and "CORS-safelisted request-header").
  const SAFELISTED_METHODS = new Set(["GET", "HEAD", "POST"]);
  const SAFELISTED_HEADERS = new Set(["accept", "accept-language", "content-language"]);

  /** Request headers whose value decides whether they need a preflight. */
  const WITH_VALUES = new Set(["accept", "accept-language", "content-language", "content-type", "range"]);

  // Characters that control a terminal or change the visible order of a text: C0 and C1 controls, line and paragraph
  // separators, and the controls of bidirectional text.
  const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

  // A token of HTTP (RFC 9110 section 5.6.2). curl would read headers from a file for `-H '@name'`.
  const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

  /** @returns {boolean} Whether a text is the name of a header, or a name and a value: `X-Key: value`. */
  function isHeader(text) {
    return TOKEN.test(text.split(":")[0].trim());
  }

  const LISTS = ["allowMethods", "allowHeaders", "exposeHeaders"];
  const LISTS_OF_ORIGINS = ["allowOrigins", "allowOriginPatterns", "allowOriginRegexes", "credentialedOrigins"];
  const COUNTS = ["exact", "patterns", "regexes", "credentialed"];

  /**
   * Returns the policy of an operation; null if it has none, or if the value has another form.
   * @param {object} [published] The value under the key, plain or as an immutable map of Swagger UI.
   */
  function read(published) {
    const policy = published?.toJS?.() ?? published;
    return isPolicy(policy) ? policy : null;
  }

  function isPolicy(policy) {
    if (typeof policy?.enabled !== "boolean") return false;
    const hasLists = (names) => names.every((name) => isListOfTexts(policy[name]));
    const hasCounts = () => COUNTS.every((name) => typeof policy.originCounts[name] === "number");
    return hasLists(LISTS) && (policy.originCounts ? hasCounts() : hasLists(LISTS_OF_ORIGINS));
  }

  function isListOfTexts(value) {
    return Array.isArray(value) && value.every((each) => typeof each === "string");
  }

  /**
   * How many origins a policy lists.
   * @param {object} policy
   * @returns {{exact: number, patterns: number, regexes: number, credentialed: number}}
   */
  function counts(policy) {
    return (
      policy.originCounts ?? {
        exact: policy.allowOrigins.length,
        patterns: policy.allowOriginPatterns.length,
        regexes: policy.allowOriginRegexes.length,
        credentialed: policy.credentialedOrigins.length,
      }
    );
  }

  /** @returns {boolean} Whether the policy allows any origin. */
  function admitsAny(policy) {
    return policy.originCounts ? policy.origins === "any" : policy.allowOrigins.includes("*");
  }

  /** @returns {boolean} Whether the policy lists a method, in upper case. */
  function permits(policy, method) {
    return policy.allowMethods.includes("*") || policy.allowMethods.includes(method);
  }

  /**
   * Who may call, in two or three words.
   * @param {object} policy
   * @param {string} method In upper case.
   * @returns {{text: string, tone: "none"|"dynamic"|"any"|"listed"}}
   */
  function badge(policy, method) {
    if (!policy.enabled || !permits(policy, method)) return { text: words.badge.none, tone: "none" };
    const listed = counts(policy);
    const named = listed.exact + listed.patterns;
    let tone = "listed";
    let who = words.badge.origins(named + listed.regexes);
    if (policy.dynamic) {
      tone = "dynamic";
      who = words.badge.dynamic;
    } else if (admitsAny(policy)) {
      tone = "any";
      who = words.badge.any;
    } else if (named === 0) {
      who = words.badge.pattern;
    }
    const hasCookies = policy.allowCredentials || listed.credentialed > 0;
    return { text: hasCookies ? words.badge.withCookies(who) : who, tone };
  }

  /**
   * The rows of the table.
   * @param {object} policy
   * @param {object} [methods] The value under `METHODS_KEY`. Without it, the methods of the policy are shown.
   * @returns {{field: string, text: string, codes: string[], source: string}[]} A value is a text, names, or both.
   */
  function rows(policy, methods) {
    const named = methods?.toJS?.() ?? methods;
    const sources = policy.sources ?? {};
    const row = (field, text, codes = [], source = sources[field]) => ({ field, text, codes, source: source ?? "" });
    const names = (field, list, whenEmpty, star) => {
      if (list.includes("*")) return row(field, star);
      return list.length ? row(field, "", list) : row(field, whenEmpty);
    };
    if (!policy.enabled) return origins(policy, row, sources); // the other fields have no effect
    return [
      ...origins(policy, row, sources),
      credentials(policy, row),
      names("allowMethods", isListOfTexts(named) ? named : policy.allowMethods, words.values.none, words.values.anyMethod),
      names("allowHeaders", policy.allowHeaders, words.values.none, words.values.anyHeader),
      names("exposeHeaders", policy.exposeHeaders, words.values.safelisted, words.values.allHeaders),
      row("maxAge", age(policy.maxAge)),
    ];
  }

  function origins(policy, row, sources) {
    const found = [];
    if (admitsAny(policy)) {
      found.push(row("allowOrigins", words.values.anyOrigin));
    } else if (policy.originCounts) {
      const listed = policy.originCounts;
      const say = (field, count, source) => count && found.push(row(field, words.values.listed(count), [], source));
      say("allowOrigins", listed.exact);
      say("allowOriginPatterns", listed.patterns, sources.allowOrigins);
      say("allowOriginRegexes", listed.regexes);
    } else {
      const say = (field, list, source) => list.length && found.push(row(field, "", list, source));
      say("allowOrigins", policy.allowOrigins);
      say("allowOriginPatterns", policy.allowOriginPatterns, sources.allowOrigins);
      say("allowOriginRegexes", policy.allowOriginRegexes);
    }
    if (policy.dynamic) found.push(row("dynamic", words.values.eachRequest));
    return found.length ? found : [row("allowOrigins", words.values.nobody)];
  }

  function credentials(policy, row) {
    if (policy.allowCredentials) return row("allowCredentials", words.values.credentialed);
    const { credentialed } = counts(policy);
    if (!credentialed) return row("allowCredentials", words.values.notCredentialed);
    const names = policy.credentialedOrigins;
    const text = words.values.credentialedFrom;
    return names
      ? row("allowCredentials", text, names)
      : row("allowCredentials", `${text} ${words.values.listed(credentialed)}`);
  }

  function age(seconds) {
    if (seconds === null) return words.values.unsentAge;
    return seconds === 0 ? words.values.zeroAge : words.values.seconds(seconds);
  }

  /**
   * What an author should know about the policy, in plain words.
   * @param {object} policy
   * @param {string} method In upper case.
   * @returns {{text: string, isWarning: boolean}[]}
   */
  function notes(policy, method) {
    const note = (text, isWarning = false) => ({ text, isWarning });
    if (!policy.enabled) return [note(words.notes.none)];
    if (!permits(policy, method)) return [note(words.notes.method(method), true)];
    const listed = counts(policy);
    const found = [];
    if (policy.dynamic) found.push(note(words.notes.dynamic));
    if (admitsAny(policy)) {
      const isOpen = policy.allowCredentials;
      found.push(note(isOpen ? words.notes.anyOriginWithCookies : words.notes.anyOrigin, isOpen));
    } else if (policy.allowCredentials) {
      found.push(note(words.notes.cookies));
    }
    if (listed.credentialed) found.push(note(words.notes.someCookies));
    else if (!policy.allowCredentials && !admitsAny(policy)) found.push(note(words.notes.noCookies));
    if (listed.patterns) found.push(note(words.notes.patterns));
    if (listed.regexes) found.push(note(words.notes.regexes));
    if (policy.allowHeaders.includes("*")) found.push(note(words.notes.starHeaders));
    return found;
  }

  /**
   * Returns a text without control characters. A link may contain them, and a copied command would send them to a
   * terminal.
   * @param {string} text
   * @param {string} [kept] Controls to keep.
   */
  function plain(text, kept = "") {
    return text.replace(CONTROLS, (found) => (kept.includes(found) ? found : ""));
  }

  /**
   * The preflight and the request, to be pasted into a shell. Headers whose name is not a token are left out.
   * @param {object} question
   * @param {string} question.url Absolute.
   * @param {string} question.method In upper case.
   * @param {string} question.origin
   * @param {string[]} question.headers Request headers: `X-Key`, or `X-Key: value`.
   * @param {boolean} question.credentials
   * @param {string} question.contentType Of the body; "" for none.
   * @param {string} [question.body] An example of it.
   * @param {string[]} [question.asked] Names that need a preflight, if the server has returned them.
   * @returns {{preflight: string, request: string, isAlwaysAsked: boolean}}
   */
  function curl({ url, method, origin, headers, credentials: withCookies, contentType, body, asked }) {
    const given = headers
      .map((text) => plain(text).split(/\s*:\s*(.*)/s))
      .filter(([name]) => TOKEN.test(name));
    const names = asked ?? needingPreflight(given, contentType);
    const preflight = ["curl -i -X OPTIONS", quoted(url)];
    preflight.push(header("Origin", origin), header("Access-Control-Request-Method", method));
    if (names.length) preflight.push(header("Access-Control-Request-Headers", names.join(",")));
    const command = method === "HEAD" ? "curl -I" : `curl -i -X ${word(method)}`;
    const request = [command, quoted(url), header("Origin", origin)];
    for (const [name, value] of given) {
      if (name.toLowerCase() !== "content-type") request.push(header(name, value || "…"));
    }
    if (withCookies) request.push("--cookie 'sessionid=…'");
    if (contentType) request.push(...sending(contentType, body ?? "{}"));
    const join = ([command, address, ...rest]) => [`${command} ${address}`, ...rest].join(" \\\n  ");
    return {
      preflight: join(preflight),
      request: join(request),
      isAlwaysAsked: names.length > 0 || !SAFELISTED_METHODS.has(method),
    };
  }

  /** The options of curl that send a body. No value is read as the name of a file, and forms are sent by field. */
  function sending(contentType, body) {
    const kept = "\n\t"; // lines of a body; harmless inside quotes
    const isForm = contentType === "application/x-www-form-urlencoded";
    if (isForm || contentType.startsWith("multipart/")) {
      const option = isForm ? "--data-urlencode" : "--form-string"; // both set the content type
      const given = fields(body).map(([name, value]) => `${option} ${quoted(`${name}=${asText(value)}`, kept)}`);
      return given.length ? given : [header("Content-Type", contentType)];
    }
    return [header("Content-Type", contentType), `--data-raw ${quoted(body, kept)}`];
  }

  function fields(json) {
    try {
      return Object.entries(JSON.parse(json));
    } catch {
      return [];
    }
  }

  function asText(value) {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  /** The names that probably need a preflight: shown until the server responds, or if there is no server to ask. */
  function needingPreflight(given, contentType) {
    const names = given.map(([name]) => name.toLowerCase()).filter((name) => !SAFELISTED_HEADERS.has(name));
    if (contentType === "application/json") names.push("content-type");
    return [...new Set(names)].sort();
  }

  function header(name, value) {
    return `-H ${quoted(`${name}: ${value}`)}`;
  }

  /**
   * Quotes a text for a POSIX shell. Inside single quotes only the closing quote is special (POSIX.1-2024 XCU 2.2.2).
   * @param {string} text Its control characters are removed.
   * @param {string} [kept] Control characters to keep.
   */
  function quoted(text, kept) {
    return `'${plain(text, kept).replaceAll("'", `'\\''`)}'`;
  }

  /** A word of a command, quoted if it has other characters than letters. */
  function word(text) {
    return /^[A-Za-z]+$/.test(text) ? text : quoted(text);
  }

  /**
   * Returns a path with values for its parameters, and its required query. curl would read braces as a list.
   * @param {string} path
   * @param {object[]} parameters Of the operation, as in the schema.
   */
  function filled(path, parameters) {
    const address = path.replace(/\{([^}]+)\}/g, (_, name) =>
      encodeURIComponent(sample(parameters.find((each) => each.in === "path" && each.name === name) ?? { name })),
    );
    const query = parameters
      .filter((each) => each.in === "query" && each.required)
      .map((each) => `${encodeURIComponent(each.name)}=${encodeURIComponent(sample(each))}`);
    return query.length ? `${address}?${query.join("&")}` : address;
  }

  /** A value for a parameter, from the schema if it has one. */
  function sample({ name, example, schema = {} }) {
    const number = { integer: 1, number: 1 }[schema.type];
    const uuid = schema.format === "uuid" ? "00000000-0000-4000-8000-000000000000" : undefined;
    return example ?? schema.example ?? schema.default ?? schema.enum?.[0] ?? number ?? uuid ?? name;
  }

  /**
   * The origins that the policies of a schema name, in order, each once.
   * @param {object} paths Of the schema.
   * @returns {string[]}
   */
  function knownOrigins(paths) {
    const found = new Set();
    for (const operations of Object.values(paths)) {
      for (const operation of Object.values(operations ?? {})) {
        const policy = read(operation?.[KEY]);
        const named = [...(policy?.allowOrigins ?? []), ...(policy?.credentialedOrigins ?? [])];
        for (const origin of named) if (!origin.includes("*")) found.add(origin);
      }
    }
    return [...found].sort();
  }

  DrfCors.policy = Object.freeze({
    KEY,
    METHODS_KEY,
    WITH_VALUES,
    read,
    badge,
    rows,
    notes,
    plain,
    isHeader,
    curl,
    filled,
    knownOrigins,
  });
})(globalThis.DrfCors);
