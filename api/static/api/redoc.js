// Opens the document named by the page; fonts and logos of outside hosts are left out.
const place = document.getElementById("ui");
Redoc.init(place.dataset.document, { disableSearch: false, hideDownloadButton: false, theme: { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } } }, place);
