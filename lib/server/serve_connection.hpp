// One connection from its handshake to its end.
#pragma once

#include "io/fd.hpp"
#include "net/tls_stream.hpp"
#include "server/connection.hpp"
#include "server/service.hpp"

namespace jujubackup {

// On the connection's own thread. Never throws: a client's trouble is written to the log.
void serve_connection(Service& service, Connection& connection, Fd socket, const TlsIdentity& identity) noexcept;

}  // namespace jujubackup
