// Starts Swagger UI on /api/v1/docs; a file because the site's CSP allows no inline script.
const settings = JSON.parse(document.getElementById("swagger-settings").textContent);

globalThis.SwaggerUIBundle({
  ...settings,
  dom_id: "#swagger-ui",
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  // Requests tried out by a signed-in user use the session, which needs the CSRF token.
  requestInterceptor(request) {
    request.headers["X-CSRFToken"] = document.body.dataset.csrfToken;
    return request;
  },
});
