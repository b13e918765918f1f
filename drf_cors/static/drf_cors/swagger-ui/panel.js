/** The panel in an opened operation: its policy as a table, notes, and the requests as curl commands. */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const words = DrfCors.words;
  const COPIED_FOR = 2000; // milliseconds
  const NAMES_AT_ONCE = 12; // of one field; a click shows the others

  /** @param {object} React Swagger UI's own. */
  function panelComponent(React) {
    const h = React.createElement;

    class Copyable extends React.PureComponent {
      constructor(props) {
        super(props);
        this.state = { said: "" };
        this.code = React.createRef();
      }

      componentWillUnmount() {
        clearTimeout(this.timer);
      }

      copy = async () => {
        let said = words.panel.copied;
        try {
          await navigator.clipboard.writeText(this.props.text);
        } catch {
          // Without https there is no clipboard.
          getSelection().selectAllChildren(this.code.current);
          said = words.panel.notCopied;
        }
        this.setState({ said });
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.setState({ said: "" }), COPIED_FOR);
      };

      render() {
        const { title, label, text, note } = this.props;
        return h(
          "div",
          { className: "drf-cors-curl" },
          h(
            "div",
            { className: "drf-cors-curl__head" },
            h("h6", null, title),
            h("span", { role: "status", className: "drf-cors-curl__said" }, this.state.said),
            h(
              "button",
              { type: "button", className: "drf-cors-button", "aria-label": label, onClick: this.copy },
              words.panel.copy,
            ),
          ),
          note && h("p", { className: "drf-cors-curl__note" }, note),
          h("pre", null, h("code", { ref: this.code }, text)),
        );
      }
    }

    function verdictLine(verdict, origin, isStale) {
      return h(
        "p",
        { className: `drf-cors-verdict drf-cors-verdict--${verdict.verdict}${isStale ? " drf-cors-stale" : ""}` },
        h("strong", null, words.panel.verdict[verdict.verdict]?.(origin) ?? origin, " "),
        verdict.text,
        verdict.culprit ? h(React.Fragment, null, " (", h("code", null, verdict.culprit), ")") : null,
        verdict.verdict === "allowed" || !verdict.nextStep
          ? null
          : h(React.Fragment, null, " ", h("em", null, words.panel.nextStep), " ", verdict.nextStep),
      );
    }

    // Roles are explicit: on narrow screens the rows are grids, and browsers then drop the implicit roles.
    function table(policy, methods) {
      const rows = DrfCors.policy.rows(policy, methods);
      const hasSources = Boolean(policy.sources);
      const names = (codes) => codes.flatMap((code) => [h("code", null, code), " "]);
      const cell = ({ text, codes }) => {
        const isLong = codes.length > NAMES_AT_ONCE;
        const shown = isLong ? codes.slice(0, NAMES_AT_ONCE) : codes;
        const rest = codes.slice(shown.length);
        const more = isLong && h("details", null, h("summary", null, words.values.more(rest.length)), ...names(rest));
        return [text, text && " ", ...names(shown), more];
      };
      return h(
        "table",
        { className: "drf-cors-table", role: "table" },
        h("caption", { className: "drf-cors-visually-hidden" }, words.panel.caption),
        h(
          "thead",
          { role: "rowgroup" },
          h(
            "tr",
            { role: "row" },
            h("th", { scope: "col", role: "columnheader" }, words.panel.field),
            h("th", { scope: "col", role: "columnheader" }, words.panel.value),
            hasSources && h("th", { scope: "col", role: "columnheader" }, words.panel.source),
          ),
        ),
        h(
          "tbody",
          { role: "rowgroup" },
          rows.map((row) =>
            h(
              "tr",
              { key: row.field, role: "row", "data-field": row.field },
              h("th", { scope: "row", role: "rowheader" }, words.fields[row.field]),
              h("td", { role: "cell" }, ...cell(row)),
              hasSources && h("td", { role: "cell", className: "drf-cors-table__source" }, row.source),
            ),
          ),
        ),
      );
    }

    return class CorsPanel extends React.PureComponent {
      mapStateToProps(state, { path, method, specSelectors, oas3Selectors, corsSelectors }) {
        return {
          operation: specSelectors.specJson().getIn(["paths", path, method]),
          resolved: specSelectors.specResolvedSubtree(["paths", path, method]), // loaded later than the operation
          shared: specSelectors.specJson().getIn(["paths", path, "parameters"]),
          server: DrfCors.serverUrl({ specSelectors, oas3Selectors }),
          choice: corsSelectors.choice(),
          verdict: corsSelectors.verdict(path, method),
          isStale: corsSelectors.isStale(),
        };
      }

      render() {
        const { path, method, operation, choice, verdict, isStale } = this.props;
        const policy = DrfCors.policy.read(operation?.get(DrfCors.policy.KEY));
        if (!policy) return null;
        const upper = method.toUpperCase();
        const { text, tone } = DrfCors.policy.badge(policy, upper);
        const requests = DrfCors.policy.curl({
          url: this.url(),
          method: upper,
          origin: choice.origin || policy.allowOrigins?.find((origin) => origin !== "*") || words.box.placeholder,
          headers: choice.headers,
          credentials: choice.origin ? choice.credentials : policy.allowCredentials,
          asked: verdict?.headers,
          contentType: this.contentType(),
          body: this.body(),
        });
        return h(
          "details",
          { className: "drf-cors-panel", open: true, "data-path": path, "data-method": method },
          h(
            "summary",
            { className: "opblock-section-header drf-cors-panel__head" },
            h("h4", { className: "opblock-title" }, words.panel.title),
            h("span", { className: `drf-cors-panel__who drf-cors-panel__who--${tone}` }, text),
          ),
          h(
            "div",
            { className: "drf-cors-panel__body" },
            verdict && verdictLine(verdict, choice.origin, isStale),
            table(policy, operation.get(DrfCors.policy.METHODS_KEY)),
            h(
              "ul",
              { className: "drf-cors-notes" },
              DrfCors.policy
                .notes(policy, upper)
                .map((note) => h("li", { key: note.text, className: note.isWarning ? "is-warning" : "" }, note.text)),
            ),
            h(
              "details",
              { className: "drf-cors-requests" },
              h("summary", null, h("h5", null, words.panel.curl)),
              h(Copyable, {
                title: words.panel.preflight,
                label: words.panel.copyPreflight,
                text: requests.preflight,
                note: requests.isAlwaysAsked ? "" : words.panel.maybe,
              }),
              h(Copyable, { title: words.panel.request, label: words.panel.copyRequest, text: requests.request }),
            ),
          ),
        );
      }

      contentType() {
        return this.props.operation.getIn(["requestBody", "content"])?.keySeq().first() ?? "";
      }

      /** An example of the body, undefined if there is none. It is cached: Swagger UI makes a new one each time. */
      body() {
        const { resolved } = this.props;
        if (this.bodyFrom !== resolved) {
          this.bodyFrom = resolved;
          this.bodyMade = this.example(resolved?.getIn?.(["requestBody", "content", this.contentType()])?.toJS());
        }
        return this.bodyMade;
      }

      /** The schema's example, or the one that Swagger UI makes. */
      example(content) {
        if (!content) return undefined;
        const [first] = Object.values(content.examples ?? {});
        const example = content.example ?? first?.value;
        if (example !== undefined) return typeof example === "string" ? example : JSON.stringify(example, null, 2);
        try {
          const made = this.props.fn.getSampleSchema(content.schema, this.contentType(), { includeWriteOnly: true });
          return typeof made === "string" ? made : undefined;
        } catch {
          return undefined; // Swagger UI cannot read the schema
        }
      }

      /** The operation's URL, with values for the path parameters. */
      url() {
        const { path, operation, shared, server } = this.props;
        const parameters = [operation.get("parameters"), shared].flatMap((list) => list?.toJS() ?? []);
        return server + DrfCors.policy.filled(path, parameters);
      }
    };
  }

  DrfCors.panelComponent = panelComponent;
})(globalThis.DrfCors);
