// Starts Swagger UI on /api/v1/docs. A file of its own because the site's CSP allows no inline script.
const settings = JSON.parse(document.getElementById("swagger-settings").textContent);

globalThis.SwaggerUIBundle({
  ...settings,
  dom_id: "#swagger-ui",
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  // Somebody who is logged in tries operations with the session, which needs the token.
  requestInterceptor(request) {
    request.headers["X-CSRFToken"] = document.body.dataset.csrfToken;
    return request;
  },
});
