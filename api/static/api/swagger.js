// Opens the document named by the page; no outside validator is asked.
const place = document.getElementById("ui");
SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, persistAuthorization: true, validatorUrl: null });
