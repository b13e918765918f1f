/**
 * The chosen origin, in the page's URL and in the browser's storage.
 *
 * It is in the query string, because Swagger UI keeps the open operation in the hash. A URL with an origin takes
 * precedence over the storage, so that a link shows the same to everybody.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const ORIGIN = "cors-origin";
  const HEADER = "cors-header";
  const CREDENTIALS = "cors-credentials";

  /** @typedef {{origin: string, headers: string[], credentials: boolean}} Choice */

  /** @type {Choice} */
  const NOTHING = Object.freeze({ origin: "", headers: Object.freeze([]), credentials: false });

  /** @returns {Choice} */
  function load() {
    const address = new URLSearchParams(location.search);
    return fromParameters(address.has(ORIGIN) ? address : new URLSearchParams(stored())) ?? NOTHING;
  }

  /** @param {Choice} choice Without an origin, the stored choice is deleted. */
  function save(choice) {
    const address = new URL(location.href);
    for (const name of [ORIGIN, HEADER, CREDENTIALS]) address.searchParams.delete(name);
    for (const [name, value] of parameters(choice)) address.searchParams.append(name, value);
    history.replaceState(history.state, "", address);
    try {
      if (choice.origin) localStorage.setItem(place(), String(parameters(choice)));
      else localStorage.removeItem(place());
    } catch {
      // Storage may be forbidden or full. The URL has the choice too.
    }
  }

  /**
   * Returns the origin of a URL, as a browser serialises it. Other texts are returned without control characters.
   * @param {string} text
   */
  function originOf(text) {
    const typed = DrfCors.policy.plain(text).trim();
    try {
      const { protocol, origin } = new URL(typed);
      return /^https?:$/.test(protocol) ? origin : typed;
    } catch {
      return typed;
    }
  }

  function stored() {
    try {
      return localStorage.getItem(place()) ?? "";
    } catch {
      return "";
    }
  }

  /** One site may have several pages like this. */
  function place() {
    return `drf-cors:${location.pathname}`;
  }

  function parameters(choice) {
    const found = new URLSearchParams();
    if (!choice.origin) return found;
    found.append(ORIGIN, choice.origin);
    for (const name of choice.headers) found.append(HEADER, name);
    if (choice.credentials) found.append(CREDENTIALS, "true");
    return found;
  }

  function fromParameters(found) {
    const origin = originOf(found.get(ORIGIN) ?? "");
    if (!origin) return null;
    const headers = found.getAll(HEADER).map((text) => DrfCors.policy.plain(text).trim());
    return { origin, headers: headers.filter(Boolean), credentials: found.get(CREDENTIALS) === "true" };
  }

  DrfCors.choice = Object.freeze({ NOTHING, load, save, originOf });
})(globalThis.DrfCors);
