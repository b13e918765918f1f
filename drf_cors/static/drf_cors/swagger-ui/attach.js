/**
 * Gives the plugin to every Swagger UI that the page makes from here on, and the page the visitor's colour scheme.
 *
 * Stands after Swagger UI's bundle and before the script that starts it, whoever wrote that. The address of
 * `CorsExplainView` stands on the script element: `data-explain-url`. `data-color-scheme="follow"` is for pages whose
 * layout has no switch of its own.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const { explainUrl, colorScheme } = document.currentScript.dataset;

  /** What our other scripts put down. */
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
    if (!PARTS.every((part) => part in DrfCors)) return options; // one has not come: the page works without them
    return { ...options, plugins: [...[options.plugins ?? []].flat(), DrfCors.plugin({ explainUrl })] };
  }

  if (globalThis.SwaggerUIBundle) {
    globalThis.SwaggerUIBundle = new Proxy(globalThis.SwaggerUIBundle, {
      apply: (original, self, [options, ...rest]) => Reflect.apply(original, self, [withPlugin(options), ...rest]),
      construct: (original, [options, ...rest]) => Reflect.construct(original, [withPlugin(options), ...rest]),
    });
  }

  // Swagger UI has dark colours since 5.31, but only its standalone layout turns them on.
  const page = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    page.classList.remove("dark-mode");
    if (!prefersDark.matches) return;
    const light = getComputedStyle(page).backgroundColor;
    page.classList.add("dark-mode");
    // An older one has no dark colours; ours alone would not fit.
    if (getComputedStyle(page).backgroundColor === light) page.classList.remove("dark-mode");
  }

  if (colorScheme === "follow") {
    follow();
    prefersDark.addEventListener("change", follow);
  }
})(globalThis.DrfCors);
