// /model/<uuid>/backups: archives down and up.
#pragma once

#include <string>

#include "net/http.hpp"
#include "server/connection.hpp"
#include "server/service.hpp"

namespace jujubackup {

// Answers one request. Throws only when the connection is broken.
void serve_archive(Service& service, Connection& connection, HttpServer& http, const HttpRequest& request, const std::string& model_uuid);

// As Go's http.Error: plain text with a line end.
void respond_text(HttpServer& http, int status, const std::string& text, HttpFields fields = {});

}  // namespace jujubackup
