// The feed that Recirc polls is /feed.xml; /articles.jsonl has the whole archive.
module.exports = config => {
  const site = {
    url: process.env.SITE_URL ?? "https://www.harbour.example",
    title: "The Harbour",
    lang: "en",
    recirc: { server: process.env.RECIRC_SERVER ?? "https://news.example", key: process.env.RECIRC_KEY ?? "sk_example" },
  };
  config.addGlobalData("site", site);
  config.addFilter("absolute", path => new URL(path, site.url).href);
  config.addFilter("rfc822", date => date.toUTCString());
  config.addFilter("line", post => JSON.stringify({
    id: new URL(post.url, site.url).href,
    url: new URL(post.url, site.url).href,
    headline: post.data.title,
    body_html: post.content,
    published: post.date.toISOString(),
    section: post.data.section ?? "news",
    topics: post.data.topics ?? [],
    language: site.lang,
  }));
};
