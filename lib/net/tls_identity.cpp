// The server's side of TLS.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <jujubackup/error.hpp>

#include "net/openssl_support.hpp"
#include "net/tls_connection.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {

struct TlsIdentity::State {
  TlsContextPtr context;
};

TlsIdentity::TlsIdentity(const std::string& certificate_pem, const std::string& key_pem)
    : state_(std::make_unique<State>(State{make_tls_context(true)})) {
  const auto chain = certificates_of_pem(certificate_pem, "the server's certificate");
  const KeyPtr key = key_of_pem(key_pem, "the server's key");
  SSL_CTX* context = state_->context.get();
  bool good = SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; good && i < chain.size(); ++i) good = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!good || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    throw Error(ErrorCode::invalid_argument, "the server's certificate and key cannot be used: " + openssl_reason("no reason given"));
  }
}
TlsIdentity::TlsIdentity(TlsIdentity&&) noexcept = default;
TlsIdentity& TlsIdentity::operator=(TlsIdentity&&) noexcept = default;
TlsIdentity::~TlsIdentity() = default;

std::unique_ptr<TlsStream> accept_tls(Fd socket, std::string peer, const TlsIdentity& identity, std::chrono::milliseconds timeout) {
  set_socket_options(socket.get());
  auto connection =
      std::make_unique<TlsConnection>(std::move(socket), identity.state().context.get(), TlsConnection::Role::server, std::move(peer));
  try {
    connection->handshake(timeout);
  } catch (Error& error) {
    error.add_context(connection->peer());
    throw;
  }
  return connection;
}

}  // namespace jujubackup
