/**
 * The state of the inspector inside Swagger UI's store: the choice, and the server's verdicts on it.
 *
 * One request gets the verdicts on all operations. It is sent as Swagger UI sends the request for the schema, so that
 * both have the same user.
 */
globalThis.DrfCors ??= {};

(function (DrfCors) {
  "use strict";

  const words = DrfCors.words;
  const CHOSEN = "cors_chosen";
  const ANSWERED = "cors_answered";
  const FAILED = "cors_failed";
  const DOUBTED = "cors_doubted";

  /** @typedef {{text: string, fields: string[]}} Complaint A text, and the parameters that it is about. */

  /** @type {Complaint} */
  const NO_COMPLAINT = Object.freeze({ text: "", fields: Object.freeze([]) });

  /**
   * @param {string} explainUrl The URL of the endpoint; "" if there is none.
   * @returns {object} The `cors` entry of a plugin's `statePlugins`, and what wraps `spec`.
   */
  function statePlugins(explainUrl) {
    let asked = 0; // only the response to the latest request counts

    const actions = {
      /** Choose an origin and request the verdicts. Without an origin, delete the choice. */
      chooseOrigin: (choice) => (system) => {
        DrfCors.choice.save(choice);
        return ask(system, choice);
      },
      /** Request the verdicts again: another user may have logged in. */
      askAgain: () => (system) => ask(system, system.corsSelectors.choice()),
      /** The fields were filled in wrongly: the verdicts are those on the earlier choice. */
      corsDoubted: () => ({ type: DOUBTED }),
      corsChosen: (payload) => ({ type: CHOSEN, payload }),
      corsAnswered: (payload) => ({ type: ANSWERED, payload }),
      corsFailed: (payload) => ({ type: FAILED, payload }),
    };

    async function ask(system, choice) {
      const number = ++asked;
      const isQuestion = Boolean(choice.origin && explainUrl);
      system.corsActions.corsChosen({ choice, isAsking: isQuestion });
      if (!isQuestion) return;
      try {
        const answer = await fetchVerdicts(system, explainUrl, choice);
        if (number === asked) system.corsActions.corsAnswered(answer);
      } catch (error) {
        if (number === asked) system.corsActions.corsFailed(inWords(error));
      }
    }

    return {
      cors: {
        initialState: { choice: null, verdicts: null, counts: null, isAsking: false, isStale: false, error: null },
        actions,
        reducers: {
          [CHOSEN]: (state, { payload }) =>
            state
              .set("choice", payload.choice)
              .set("isAsking", payload.isAsking)
              .set("verdicts", null)
              .set("counts", null)
              .set("isStale", false)
              .set("error", null),
          [DOUBTED]: (state) => state.set("isStale", true),
          [ANSWERED]: (state, { payload }) =>
            state.set("isAsking", false).set("verdicts", payload.verdicts).set("counts", payload.counts),
          [FAILED]: (state, { payload }) => state.set("isAsking", false).set("error", payload),
        },
        selectors: {
          choice: (state) => state.get("choice") ?? DrfCors.choice.NOTHING,
          /** @returns {object|null} The verdict on an operation: `{verdict, reason, text, nextStep}`. */
          verdict: (state, path, method) => state.get("verdicts")?.get(key(path, method)) ?? null,
          counts: (state) => state.get("counts"),
          isAsking: (state) => state.get("isAsking"),
          /** @returns {boolean} Whether there are verdicts, and they are on an earlier choice. */
          isStale: (state) => state.get("isStale") && Boolean(state.get("verdicts")),
          /** @returns {Complaint} What is wrong with the last request. */
          error: (state) => state.get("error") ?? NO_COMPLAINT,
        },
      },
      spec: {
        wrapActions: {
          // The schema was loaded, for the first time or for another user.
          updateJsonSpec:
            (original, system) =>
            (...args) => {
              const result = original(...args);
              if (!explainUrl) return result;
              if (system.corsSelectors.choice() === DrfCors.choice.NOTHING) {
                const choice = DrfCors.choice.load();
                if (choice.origin) system.corsActions.chooseOrigin(choice);
              } else {
                system.corsActions.askAgain();
              }
              return result;
            },
        },
      },
    };
  }

  async function fetchVerdicts(system, explainUrl, choice) {
    const url = new URL(explainUrl, document.baseURI);
    url.searchParams.set("origin", choice.origin);
    for (const name of choice.headers) url.searchParams.append("header", name);
    if (choice.credentials) url.searchParams.set("credentials", "true");
    const same = (value) => value;
    const { requestInterceptor, responseInterceptor } = system.getConfigs();
    const response = await system.fn.fetch({
      url: url.href,
      loadSpec: true, // so that interceptors treat it like the request for the schema
      requestInterceptor: requestInterceptor || same,
      responseInterceptor: responseInterceptor || same,
      credentials: "same-origin",
      headers: { Accept: "application/json" },
    });
    const answer = parsed(response);
    if (!Array.isArray(answer?.operations)) throw Object.assign(new Error("no verdicts"), { response });
    const verdicts = new Map(answer.operations.map((each) => [key(each.path, each.method), each]));
    return { verdicts, counts: answer.counts };
  }

  function parsed(response) {
    try {
      return JSON.parse(response.text);
    } catch {
      return null;
    }
  }

  /**
   * Return what to say about a request that failed.
   * @returns {Complaint}
   */
  function inWords(error) {
    const response = error?.response;
    const answer = response?.status === 400 ? parsed(response) : null;
    const text = texts(answer).join(" ");
    if (text) return { text, fields: Object.keys(answer) };
    return { ...NO_COMPLAINT, text: ofStatus(response) };
  }

  function ofStatus(response) {
    if (!response?.status) return words.errors.noAnswer;
    const { status } = response;
    if (status === 401 || status === 403) return words.errors.notLoggedIn;
    if (status === 404) return words.errors.notThere;
    if (status === 429) return words.errors.tooMany(response.headers?.["retry-after"]);
    return words.errors.notUnderstood(status);
  }

  /** The texts in the server's response to an invalid request: one or several for each parameter. */
  function texts(answer) {
    return Object.values(answer ?? {})
      .flat()
      .filter((each) => typeof each === "string");
  }

  function key(path, method) {
    return `${method.toUpperCase()} ${path}`;
  }

  DrfCors.NO_COMPLAINT = NO_COMPLAINT;
  DrfCors.statePlugins = statePlugins;
})(globalThis.DrfCors);
