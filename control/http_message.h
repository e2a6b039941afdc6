// HttpRequest and HttpResponse: what handlers see of HTTP, without its library.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

struct HttpRequest {
    std::string method;  // GET, HEAD, POST
    std::string path;    // without the query
    std::map<std::string, std::string> query;
    std::string accept;     // of the header; empty: none
    bool is_local = false;  // over the unix socket: may reload
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // further ones
};

// Answers a request by calling `respond` once, at once or later, on the control thread.
using HttpRespond = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(const HttpRequest&, HttpRespond)>;

}  // namespace flowgauge
