/** The box above the operations: choose an origin, and see which operations it may call. */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const words = DrfCors.words;
  const KNOWN = "drf-cors-known-origins";

  /** @param {object} React Swagger UI's own. */
  function originBoxComponent(React) {
    const h = React.createElement;

    return class CorsOriginBox extends React.PureComponent {
      constructor(props) {
        super(props);
        this.state = { ...typed(props.choice), complaint: DrfCors.NO_COMPLAINT };
        this.inputs = { origin: React.createRef(), header: React.createRef() };
      }

      mapStateToProps(state, { specSelectors, oas3Selectors, corsSelectors }) {
        return {
          paths: specSelectors.specJson().get("paths"),
          apiOrigin: new URL(DrfCors.serverUrl({ specSelectors, oas3Selectors })).origin,
          choice: corsSelectors.choice(),
          counts: corsSelectors.counts(),
          isAsking: corsSelectors.isAsking(),
          isStale: corsSelectors.isStale(),
          error: corsSelectors.error(),
        };
      }

      componentDidUpdate(previous) {
        // The choice was read from the URL when the schema was loaded.
        if (previous.choice !== this.props.choice) this.setState(typed(this.props.choice));
      }

      /** @returns {string[]} Computed once per schema. */
      known() {
        const { paths } = this.props;
        if (this.knownFrom !== paths) {
          this.knownFrom = paths;
          this.knownList = paths ? DrfCors.policy.knownOrigins(paths.toJS()) : [];
        }
        return this.knownList;
      }

      ask(changes = {}) {
        const { origin, headers, credentials } = { ...this.state, ...changes };
        if (!isOrigin(DrfCors.policy.plain(origin).trim())) {
          this.complain("origin", words.errors.needsOrigin);
          return;
        }
        const wrong = toAsk(headers).find((header) => !DrfCors.policy.isHeader(header));
        if (wrong !== undefined) {
          this.complain("header", words.errors.needsHeader(wrong));
          return;
        }
        this.setState({ complaint: DrfCors.NO_COMPLAINT });
        this.props.corsActions.chooseOrigin({
          origin: DrfCors.choice.originOf(origin),
          headers: toAsk(headers),
          credentials,
        });
      }

      submit = (event) => {
        event.preventDefault();
        this.ask();
      };

      /** Say what is wrong in a field. The verdicts are not on what is typed now. */
      complain(field, text) {
        this.setState({ complaint: { text, fields: [field] } });
        this.props.corsActions.corsDoubted();
        this.inputs[field].current.focus();
      }

      clear = () => {
        this.setState({ complaint: DrfCors.NO_COMPLAINT });
        this.props.corsActions.chooseOrigin(DrfCors.choice.NOTHING);
        this.inputs.origin.current.focus();
      };

      typeOrigin = (event) => {
        const origin = event.target.value;
        this.setState({ origin });
        // For typed text, the event has an input type. For a choice from the list, it has another type or none.
        const { inputType } = event.nativeEvent;
        const isPicked = inputType === undefined || inputType === "insertReplacementText";
        if (isPicked && this.offered().includes(origin)) this.ask({ origin });
      };

      toggleCredentials = (event) => {
        const credentials = event.target.checked;
        this.setState({ credentials });
        if (this.props.choice.origin) this.ask({ credentials });
      };

      /** Known origins, and the page's own origin if it is not the API's. */
      offered() {
        const { apiOrigin } = this.props;
        const own = apiOrigin === location.origin ? [] : [location.origin];
        return [...new Set([...own, ...this.known()])];
      }

      said() {
        const { counts, isAsking, isStale, choice } = this.props;
        if (isAsking) return words.box.asking;
        if (!counts) return "";
        const line = words.box.count(counts.allowed, counts.total, choice.origin);
        const all = counts.depends ? `${line}; ${words.box.depend(counts.depends)}` : line;
        return isStale ? words.box.stale(all) : all;
      }

      /** The attributes of a field that the complaint is about. A complaint about none is read with the origin. */
      marks(field) {
        const { text, fields } = this.complaint();
        const isWrong = Boolean(text) && fields.includes(field);
        const isDescribed = isWrong || (Boolean(text) && field === "origin" && !fields.length);
        return {
          "aria-invalid": isWrong ? "true" : undefined,
          "aria-describedby": isDescribed ? "drf-cors-error" : undefined,
        };
      }

      /** What is wrong: in the fields, or else with the last request. */
      complaint() {
        return this.state.complaint.text ? this.state.complaint : (this.props.error ?? DrfCors.NO_COMPLAINT);
      }

      render() {
        const { apiOrigin, choice, isStale } = this.props;
        const { origin, headers, credentials } = this.state;
        return h(
          "section",
          { className: "drf-cors-box", "aria-labelledby": "drf-cors-box-title" },
          h("h2", { id: "drf-cors-box-title" }, words.box.title),
          h(
            "form",
            { onSubmit: this.submit, noValidate: true },
            h(
              "div",
              { className: "drf-cors-field drf-cors-field--origin" },
              h("label", { htmlFor: "drf-cors-origin" }, words.box.origin),
              h("input", {
                id: "drf-cors-origin",
                ref: this.inputs.origin,
                type: "text",
                inputMode: "url",
                list: KNOWN,
                value: origin,
                placeholder: words.box.placeholder,
                autoComplete: "off",
                autoCapitalize: "none",
                spellCheck: false,
                ...this.marks("origin"),
                onChange: this.typeOrigin,
              }),
              h(
                "datalist",
                { id: KNOWN },
                this.offered().map((each) => {
                  const label = each === location.origin ? words.box.thisPage : undefined;
                  return h("option", { key: each, value: each, label });
                }),
              ),
            ),
            h(
              "div",
              { className: "drf-cors-field" },
              h(
                "label",
                { htmlFor: "drf-cors-headers" },
                words.box.headers,
                h("small", null, ` (${words.box.headersHint})`),
              ),
              h("input", {
                id: "drf-cors-headers",
                ref: this.inputs.header,
                type: "text",
                value: headers,
                placeholder: "X-Request-Id, X-Tenant",
                autoComplete: "off",
                autoCapitalize: "none",
                spellCheck: false,
                ...this.marks("header"),
                onChange: (event) => this.setState({ headers: event.target.value }),
              }),
            ),
            h(
              "label",
              { className: "drf-cors-check", htmlFor: "drf-cors-credentials" },
              h("input", {
                id: "drf-cors-credentials",
                type: "checkbox",
                checked: credentials,
                onChange: this.toggleCredentials,
              }),
              h("span", null, words.box.credentials),
            ),
            h(
              "div",
              { className: "drf-cors-buttons" },
              h("button", { type: "submit", className: "drf-cors-button drf-cors-button--main" }, words.box.check),
              choice.origin &&
                h("button", { type: "button", className: "drf-cors-button", onClick: this.clear }, words.box.clear),
            ),
          ),
          h("p", { role: "status", className: isStale ? "drf-cors-count drf-cors-stale" : "drf-cors-count" }, this.said()),
          h("p", { role: "alert", id: "drf-cors-error", className: "drf-cors-error" }, this.complaint().text),
          h(
            "p",
            { className: "drf-cors-hint" },
            apiOrigin === location.origin
              ? words.box.sameOrigin(apiOrigin)
              : words.box.otherOrigin(location.origin, apiOrigin),
          ),
        );
      }
    };
  }

  /** Whether a text may be an origin, and is sent to the server. Most other texts have no scheme. */
  function isOrigin(text) {
    return text === "null" || /^[a-z][a-z0-9+.-]*:\/\/./i.test(text);
  }

  /** The choice in the fields. */
  function typed({ origin, headers, credentials }) {
    return { origin, headers: headers.join(", "), credentials };
  }

  /**
   * Returns the headers to check. A value may be a secret, and people share the page's URL. So a value is kept only if
   * the verdict depends on it.
   * @param {string} text As typed.
   * @returns {string[]}
   */
  function toAsk(text) {
    const given = DrfCors.policy.plain(text).split(",").map((each) => each.trim());
    const kept = given.map((each) => {
      const [name] = each.split(":");
      return DrfCors.policy.WITH_VALUES.has(name.trim().toLowerCase()) ? each : name.trim();
    });
    return kept.filter(Boolean);
  }

  DrfCors.originBoxComponent = originBoxComponent;
})(globalThis.DrfCors);
