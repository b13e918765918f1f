/** Where the operations are: the chosen entry of the schema's `servers`, or else this site. */
globalThis.DrfCors ??= {};

/**
 * The absolute address of the API, without a slash at its end.
 * @param {object} system Swagger UI's.
 * @returns {string}
 */
DrfCors.serverUrl = function ({ specSelectors, oas3Selectors }) {
  const chosen = oas3Selectors.selectedServer() || specSelectors.specJson().getIn(["servers", 0, "url"]) || "/";
  const filled = oas3Selectors.serverEffectiveValue?.(chosen) || chosen;
  try {
    return new URL(filled, specSelectors.url() ? new URL(specSelectors.url(), document.baseURI) : document.baseURI).href
      .replace(/\/+$/, "");
  } catch {
    return location.origin; // the URL of the server is not valid
  }
};
