// The server's way from HTTP to a WebSocket.
#pragma once

#include <memory>
#include <string>

#include "net/http.hpp"

namespace jujubackup {

// Answers `request`, which was read from `stream` already, as was `early` behind it.
std::unique_ptr<WebSocket> answer_websocket(std::unique_ptr<TlsStream> stream, std::string early, const HttpRequest& request,
                                            const WebSocketOptions& options);

}  // namespace jujubackup
