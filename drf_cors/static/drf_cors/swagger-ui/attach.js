/**
 * Adds the plugin to every Swagger UI that the page creates later, and sets the visitor's colour scheme.
 *
 * Load it after Swagger UI's bundle and before the script that starts Swagger UI. The script element has the URL of
 * `CorsExplainView` in `data-explain-url`. `data-color-scheme="follow"` is for pages whose layout has no colour switch.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const { explainUrl, colorScheme } = document.currentScript.dataset;

  /** Globals that our other scripts define. */
  const PARTS = [
    "words",
    "policy",
    "serverUrl",
    "choice",
    "statePlugins",
    "badgeComponent",
    "panelComponent",
    "originBoxComponent",
    "plugin",
  ];

  function withPlugin(options = {}) {
    if (!PARTS.every((part) => part in DrfCors)) return options; // one is not loaded: the page works without them
    return { ...options, plugins: [...[options.plugins ?? []].flat(), DrfCors.plugin({ explainUrl })] };
  }

  if (globalThis.SwaggerUIBundle) {
    globalThis.SwaggerUIBundle = new Proxy(globalThis.SwaggerUIBundle, {
      apply: (original, self, [options, ...rest]) => Reflect.apply(original, self, [withPlugin(options), ...rest]),
      construct: (original, [options, ...rest]) => Reflect.construct(original, [withPlugin(options), ...rest]),
    });
  }

  // Swagger UI has dark colours since 5.31, but only its standalone layout uses them.
  const page = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    page.classList.remove("dark-mode");
    if (!prefersDark.matches) return;
    const light = getComputedStyle(page).backgroundColor;
    page.classList.add("dark-mode");
    // An older Swagger UI has no dark colours. Ours alone would not match.
    if (getComputedStyle(page).backgroundColor === light) page.classList.remove("dark-mode");
  }

  if (colorScheme === "follow") {
    follow();
    prefersDark.addEventListener("change", follow);
  }
})(globalThis.DrfCors);
