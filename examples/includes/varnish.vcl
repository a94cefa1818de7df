vcl 4.1;

backend site { .host = "127.0.0.1"; .port = "8080"; }
backend recirc { .host = "127.0.0.1"; .port = "8000"; }

acl editors { "localhost"; }

sub vcl_recv {
    # What Recirc names in its purges: articles, by their tags.
    if (req.method == "BAN") {
        if (!client.ip ~ editors) { return (synth(403)); }
        ban("obj.http.Surrogate-Key ~ (^|\s)" + req.http.X-Tag + "(\s|$)");
        return (synth(200, "Banned"));
    }
    if (req.url ~ "^/v1/") {
        set req.backend_hint = recirc;
    } else {
        set req.backend_hint = site;
    }
}

sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "^text/html") { set beresp.do_esi = true; }
}
