/**
 * Every text that the CORS inspector shows.
 *
 * The words of the badges are those of `badge()` in drf_cors/explain/summaries.py. Verdicts come from the server with their
 * own text. Only the two or three words that fit on a badge are here.
 */
globalThis.DrfCors ??= {};

DrfCors.words = Object.freeze({
  badge: Object.freeze({
    none: "no CORS",
    dynamic: "dynamic",
    any: "any origin",
    pattern: "by pattern",
    origins: (count) => (count === 1 ? "1 origin" : `${count} origins`),
    withCookies: (who) => `${who} + cookies`,
  }),

  verdict: Object.freeze({
    allowed: "allowed",
    depends: "depends",
    blocked: (why) => `blocked: ${why}`,
  }),

  /** Reason code of the server -> the words on a badge: usually the culprit. */
  reasons: Object.freeze({
    "callable-failed": "check failed",
    "credentials-not-allowed": "cookies",
    "header-not-allowed": "header",
    "method-not-allowed": "method",
    "method-not-on-view": "no such method",
    "no-origin": "no origin",
    "not-resolved": "not resolved",
    "origin-malformed": "not an origin",
    "origin-not-allowed": "origin",
    "origin-null": "null origin",
    redirect: "redirect",
    "url-not-covered": "no CORS",
    "view-disabled": "no CORS",
  }),

  box: Object.freeze({
    title: "Who can call this API from a browser?",
    origin: "Origin of the calling page",
    placeholder: "https://shop.example",
    headers: "Request headers",
    headersHint: "optional",
    credentials: "With credentials (cookies)",
    check: "Check",
    clear: "Clear",
    thisPage: "this page",
    asking: "Asking the server…",
    count: (allowed, total, origin) => `${allowed} of ${total} operations open to ${origin}`,
    stale: (line) => `Not for what is typed now: ${line}`,
    depend: (count) => (count === 1 ? "1 depends on the request" : `${count} depend on the request`),
    sameOrigin: (origin) =>
      `This page has the same origin as the API (${origin}), so “Try it out” does not test CORS.`,
    otherOrigin: (page, api) =>
      `This page (${page}) calls the API at another origin (${api}), so “Try it out” is under the API's policies.`,
  }),

  errors: Object.freeze({
    needsOrigin: "Type an origin with its scheme, such as https://shop.example.",
    needsHeader: (text) =>
      `“${text}” is not the name of a header. Type names such as X-Request-Id, with commas between them.`,
    notLoggedIn: "The server does not tell you: log in, or ask for permission.",
    notThere: "The server does not know this page's question: is CorsExplainView in the URLconf?",
    tooMany: (seconds) =>
      seconds ? `Too many questions: try again in ${seconds} seconds.` : "Too many questions: try again later.",
    noAnswer: "The server could not be reached.",
    notUnderstood: (status) => `The server answered with status ${status}, which is no verdict.`,
  }),

  panel: Object.freeze({
    title: "CORS policy",
    caption: "The CORS policy of this operation",
    field: "Field",
    value: "Value",
    source: "Declared in",
    verdict: Object.freeze({
      allowed: (origin) => `Allowed for ${origin}.`,
      blocked: (origin) => `Blocked for ${origin}.`,
      depends: (origin) => `It depends, for ${origin}.`,
    }),
    nextStep: "What to do:",
    curl: "Try it with curl",
    preflight: "Preflight",
    request: "Request",
    maybe: "Browsers send this preflight only if the script sets a header that needs one.",
    copy: "Copy",
    copyPreflight: "Copy the preflight",
    copyRequest: "Copy the request",
    copied: "Copied",
    notCopied: "Select the text to copy it",
  }),

  fields: Object.freeze({
    allowOrigins: "Origins",
    allowOriginPatterns: "Origin patterns",
    allowOriginRegexes: "Origin expressions",
    allowCredentials: "Credentials",
    allowMethods: "Methods",
    allowHeaders: "Request headers",
    exposeHeaders: "Readable response headers",
    maxAge: "Preflight kept for",
    dynamic: "Decided by",
  }),

  values: Object.freeze({
    nobody: "nobody",
    anyOrigin: "any",
    none: "none",
    anyMethod: "any",
    anyHeader: "any but Authorization",
    allHeaders: "all",
    safelisted: "only the safelisted ones",
    credentialed: "from every origin above",
    notCredentialed: "no",
    credentialedFrom: "only from",
    listed: (count) => (count === 1 ? "1 listed" : `${count} listed`),
    more: (count) => `${count} more`,
    eachRequest: "the server, for each request",
    unsentAge: "5 seconds (no header is sent)",
    zeroAge: "not at all",
    seconds: (count) => (count === 1 ? "1 second" : `${count} seconds`),
  }),

  notes: Object.freeze({
    none: "Scripts of other origins cannot use this operation.",
    method: (method) => `The policy does not list ${method}, so scripts of other origins cannot use this operation.`,
    anyOrigin: "Scripts of any website may read the answers, without cookies.",
    anyOriginWithCookies:
      "Scripts of any website may read the answers with the visitor's cookies. That is dangerous: list the origins.",
    cookies: "A script may send the visitor's cookies along, and read what the visitor may read.",
    someCookies: "Only the origins named may send the visitor's cookies along; the others call anonymously.",
    noCookies: "A request with cookies is blocked; a token in an allowed header works.",
    patterns: "“*.” stands for one or more subdomains, “:*” for any port.",
    regexes: "An expression must match the whole origin.",
    dynamic: "Only a request can tell who is allowed; the lists hold what is known before.",
    starHeaders: "Authorization must be listed by name.",
  }),
});
