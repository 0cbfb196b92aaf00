// @ts-check
// Starts Swagger UI on /api/v1/docs; a file because the site's CSP allows no inline script.

/** Swagger UI, defined by the script before this one. @type {any} */
const swaggerUI = Reflect.get(globalThis, "SwaggerUIBundle");
const settings = JSON.parse(document.getElementById("swagger-settings")?.textContent ?? "{}");

swaggerUI({
  ...settings,
  dom_id: "#swagger-ui",
  presets: [swaggerUI.presets.apis],
  plugins: [() => ({ wrapComponents: { InfoContainer: () => () => null } })], // the page has its own head
  // Requests tried out by a signed-in user use the session, which needs the CSRF token.
  requestInterceptor(/** @type {{headers: Record<string, string|undefined>}} */ request) {
    request.headers["X-CSRFToken"] = document.getElementById("swagger-ui")?.dataset.csrfToken;
    return request;
  },
});
