/**
 * The plugin: it puts the parts into Swagger UI's page.
 *
 * It wraps components and keeps their own output. It does not write into the page from outside, because rows are
 * created and removed while the page scrolls.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  /**
   * Make the plugin for `SwaggerUIBundle({plugins: [...]})`.
   * @param {object} [options]
   * @param {string} [options.explainUrl] The URL of `CorsExplainView`. Without it, there is no origin box.
   */
  function plugin({ explainUrl = "" } = {}) {
    return ({ React }) => {
      const h = React.createElement;

      /** An error in our code must not break the page: the part is left out, and React logs the error. */
      class Guard extends React.Component {
        state = { isBroken: false };

        static getDerivedStateFromError() {
          return { isBroken: true };
        }

        render() {
          return this.state.isBroken ? null : this.props.children;
        }
      }

      function part(system, name, props) {
        return h(Guard, null, h(system.getComponent(name, true), props));
      }

      return {
        statePlugins: DrfCors.statePlugins(explainUrl),
        components: {
          CorsBadge: DrfCors.badgeComponent(React),
          CorsPanel: DrfCors.panelComponent(React),
          CorsOriginBox: DrfCors.originBoxComponent(React),
        },
        wrapComponents: {
          OperationSummaryPath: (Original, system) =>
            function OperationSummaryPathWithCors(props) {
              const { path, method } = props.operationProps.toObject();
              const badge = isOfPaths(props.specPath) && part(system, "CorsBadge", { path, method });
              return h(React.Fragment, null, h(Original, props), badge);
            },
          parameters: (Original, system) =>
            function ParametersWithCors(props) {
              const [path, method] = props.pathMethod;
              const panel = isOfPaths(props.specPath) && part(system, "CorsPanel", { path, method });
              return h(React.Fragment, null, panel, h(Original, props));
            },
          FilterContainer: (Original, system) =>
            function FilterContainerWithCors(props) {
              const box = explainUrl && h("div", { className: "wrapper" }, part(system, "CorsOriginBox"));
              return h(React.Fragment, null, box, h(Original, props));
            },
          // The panel shows the policy better than a row of JSON.
          OperationExt: (Original) =>
            function OperationExtWithoutCors(props) {
              const extensions = props.extensions.delete(DrfCors.policy.KEY).delete(DrfCors.policy.METHODS_KEY);
              return extensions.size ? h(Original, { ...props, extensions }) : null;
            },
        },
      };
    };
  }

  /**
   * Whether an operation is under `paths`: callbacks and webhooks are requests of the server, not of browsers.
   * @param {object} specPath An immutable list: `["paths", path, method, …]`.
   */
  function isOfPaths(specPath) {
    return Boolean(specPath && specPath.get(0) === "paths" && !specPath.includes("callbacks"));
  }

  DrfCors.plugin = plugin;
})(globalThis.DrfCors);
