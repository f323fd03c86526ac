// A client's session on the API: login first, then calls.
#pragma once

#include <string>

#include "net/http.hpp"
#include "server/attentive_stream.hpp"
#include "server/connection.hpp"
#include "server/service.hpp"

namespace jujubackup {

// Returns when the client or the server is done. `model_uuid` as in the URL; "": the controller as a whole. `stream` is what `socket`
// reads.
void run_session(Service& service, Connection& connection, WebSocket& socket, AttentiveStream& stream, const std::string& model_uuid);

}  // namespace jujubackup
