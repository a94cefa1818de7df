// The server that tests/client/test_js_packages.py has started, with the articles of examples/.
const { RECIRC_SERVER, RECIRC_ORIGIN, RECIRC_KEY, RECIRC_SITE_KEY } = process.env;
if (!RECIRC_SERVER) throw Error("run pytest tests/client/test_js_packages.py, which starts a server");

export const server = RECIRC_SERVER, origin = RECIRC_ORIGIN, key = RECIRC_KEY, siteKey = RECIRC_SITE_KEY;
