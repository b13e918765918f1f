/** The badge in the row of an operation: who may call it, or the verdict on the chosen origin. */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const words = DrfCors.words;

  /** A symbol before the text, so that colour is not the only difference. */
  const SIGNS = { any: "∗", listed: "•", dynamic: "~", none: "–", allowed: "✓", blocked: "✕", depends: "?" };

  /**
   * Returns the content of a badge.
   * @param {object} policy
   * @param {string} method
   * @param {object|null} verdict The server's verdict on the chosen origin.
   * @returns {{text: string, tone: string, title: string}}
   */
  function badgeOf(policy, method, verdict) {
    if (!verdict) return { ...DrfCors.policy.badge(policy, method.toUpperCase()), title: "" };
    const why = words.reasons[verdict.reason] ?? verdict.reason.replaceAll("-", " ");
    const text = verdict.verdict === "blocked" ? words.verdict.blocked(why) : words.verdict[verdict.verdict];
    return { text, tone: verdict.verdict, title: verdict.text };
  }

  /** @param {object} React Swagger UI's own. */
  function badgeComponent(React) {
    const h = React.createElement;

    return class CorsBadge extends React.PureComponent {
      /** Reads only what this row shows, because a page may have hundreds of rows. */
      mapStateToProps(state, { path, method, specSelectors, corsSelectors }) {
        return {
          policy: specSelectors.specJson().getIn(["paths", path, method, DrfCors.policy.KEY]),
          verdict: corsSelectors.verdict(path, method),
          isStale: corsSelectors.isStale(),
        };
      }

      render() {
        const { method, verdict, isStale } = this.props;
        const policy = DrfCors.policy.read(this.props.policy);
        if (!policy) return null;
        const { text, tone, title } = badgeOf(policy, method, verdict);
        return h(
          "span",
          {
            className: `drf-cors-badge drf-cors-badge--${tone}${isStale ? " drf-cors-stale" : ""}`,
            title: title || undefined,
          },
          h("span", { className: "drf-cors-badge__sign", "aria-hidden": "true" }, SIGNS[tone]),
          h("span", { className: "drf-cors-visually-hidden" }, " CORS: "),
          text,
        );
      }
    };
  }

  DrfCors.badgeOf = badgeOf;
  DrfCors.badgeComponent = badgeComponent;
})(globalThis.DrfCors);
