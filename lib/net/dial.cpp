// Connecting to one of several endpoints: one thread, one poll(2) loop.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>

#include <jujubackup/error.hpp>

#include "net/openssl_support.hpp"
#include "net/socket_address.hpp"
#include "net/tls_connection.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {
namespace {

using Clock = std::chrono::steady_clock;
// The pace of Juju's own client.
constexpr std::chrono::milliseconds between_starts{50};
constexpr std::chrono::milliseconds job_slice{100};

enum class Trust { given_ca, system_roots };

// What may be started: an endpoint, once resolved with one address of it.
struct Candidate {
  std::size_t endpoint = 0;
  std::optional<SocketAddress> address;
  Trust trust = Trust::given_ca;
};

struct Attempt {
  Candidate candidate;
  Fd socket;                                  // until the TCP connection stands
  std::unique_ptr<TlsConnection> connection;  // from then on
  short events = POLLOUT;
};

class Dialler {
 public:
  Dialler(const DialOptions& options, const Job* job) : options_(options), job_(job), reasons_(options.endpoints.size()) {
    if (options.endpoints.empty()) throw Error(ErrorCode::invalid_argument, "no API addresses");
    const Trust first = options.ca_cert.empty() ? Trust::system_roots : Trust::given_ca;
    if (!options.ca_cert.empty()) {
      ca_context_ = make_tls_context(false);
      X509_STORE* store = SSL_CTX_get_cert_store(ca_context_.get());
      for (const auto& ca : certificates_of_pem(options.ca_cert, "the controller's CA certificate")) X509_STORE_add_cert(store, ca.get());
      ERR_clear_error();
      // What the client directory names is trusted even if it is no root itself, as Go does.
      X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    }
    for (std::size_t i = 0; i < options.endpoints.size(); ++i) waiting_.push_back({i, std::nullopt, first});
    // Names last, since nothing else goes on while one is resolved.
    std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Candidate& c) { return is_numeric(options.endpoints[c.endpoint]); });
  }

  Dialled run() {
    const auto deadline = Clock::now() + options_.timeout;
    auto next_start = Clock::now();
    for (;;) {
      job_check(job_);
      const auto now = Clock::now();
      if (now >= deadline) break;
      if (!waiting_.empty() && (now >= next_start || running_.empty())) {
        start_next();
        next_start = Clock::now() + between_starts;
        continue;
      }
      if (running_.empty()) break;
      wait_until(waiting_.empty() ? deadline : std::min(deadline, next_start));
      for (std::size_t i = 0; i < running_.size();) {
        if (!ready_[i] || advance(running_[i])) {
          if (winner_) return std::move(*winner_);
          ++i;
          continue;
        }
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    for (const auto& attempt : running_) note(attempt.candidate, "no answer");
    for (const auto& candidate : waiting_) note(candidate, "no time was left to try it");
    throw_reasons();
  }

 private:
  const Endpoint& endpoint_of(const Candidate& candidate) const { return options_.endpoints[candidate.endpoint]; }

  // The last word on an endpoint, but a bad certificate says more than what its other addresses did.
  void note(const Candidate& candidate, const std::string& reason, bool bad_certificate = false) {
    auto& known = reasons_[candidate.endpoint];
    if (known.bad_certificate && !bad_certificate) return;
    known = {reason, bad_certificate};
  }

  void start_next() {
    Candidate candidate = waiting_.front();
    waiting_.pop_front();
    try {
      if (!candidate.address) {
        const auto addresses = resolve(endpoint_of(candidate), false);
        for (std::size_t i = addresses.size(); i-- > 1;) waiting_.push_front({candidate.endpoint, addresses[i], candidate.trust});
        candidate.address = addresses.front();
      }
      start(candidate);
    } catch (const Error& error) {
      note(candidate, error.message());
    }
  }

  void start(const Candidate& candidate) {
    Fd socket(::socket(candidate.address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) throw Error(ErrorCode::io, system_reason(errno));
    set_socket_options(socket.get());
    if (::connect(socket.get(), candidate.address->get(), candidate.address->size()) != 0 && errno != EINPROGRESS && errno != EINTR) {
      throw Error(ErrorCode::io, system_reason(errno));
    }
    Attempt attempt;
    attempt.candidate = candidate;
    attempt.socket = std::move(socket);
    running_.push_back(std::move(attempt));
  }

  void wait_until(Clock::time_point until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    left = std::clamp(left, std::chrono::milliseconds(0), job_ != nullptr ? job_slice : std::chrono::milliseconds(60'000));
    std::vector<pollfd> entries;
    for (const auto& attempt : running_) {
      entries.push_back({attempt.connection ? attempt.connection->descriptor() : attempt.socket.get(), attempt.events, 0});
    }
    if (::poll(entries.data(), entries.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      throw Error::from_errno(errno, "waiting for the API");
    }
    ready_.clear();
    for (const auto& entry : entries) ready_.push_back(entry.revents != 0);
  }

  // False: it failed.
  bool advance(Attempt& attempt) {
    const Candidate candidate = attempt.candidate;
    try {
      if (!attempt.connection) begin_tls(attempt);
      attempt.events = attempt.connection->handshake_step();
      if (attempt.events == 0) {
        winner_ = Dialled{std::move(attempt.connection), endpoint_of(candidate)};
        winner_->stream->set_job(job_);
      }
      return true;
    } catch (const Error& error) {
      const bool bad_certificate = error.code() == ErrorCode::permission;
      note(candidate, error.message(), bad_certificate);
      // Juju's own client does so: a controller with a public name may have a public certificate as well.
      if (bad_certificate && candidate.trust == Trust::given_ca && !options_.public_hostname.empty()) {
        waiting_.push_front({candidate.endpoint, candidate.address, Trust::system_roots});
      }
      return false;
    }
  }

  void begin_tls(Attempt& attempt) {
    int err = 0;
    socklen_t size = sizeof err;
    if (::getsockopt(attempt.socket.get(), SOL_SOCKET, SO_ERROR, &err, &size) != 0) err = errno;
    if (err != 0) throw Error(ErrorCode::io, system_reason(err), true);
    const Endpoint& endpoint = endpoint_of(attempt.candidate);
    const bool given_ca = attempt.candidate.trust == Trust::given_ca;
    attempt.connection = std::make_unique<TlsConnection>(std::move(attempt.socket), given_ca ? ca_context_.get() : system_context(),
                                                         TlsConnection::Role::client, endpoint.to_string());
    if (given_ca) {
      attempt.connection->expect_name(options_.server_name);
    } else {
      attempt.connection->expect_name(options_.public_hostname.empty() ? endpoint.host : options_.public_hostname);
    }
  }

  ssl_ctx_st* system_context() {
    if (!system_context_) {
      system_context_ = make_tls_context(false);
      // Roots that are missing show as an unknown authority.
      static_cast<void>(SSL_CTX_set_default_verify_paths(system_context_.get()));
      ERR_clear_error();
    }
    return system_context_.get();
  }

  [[noreturn]] void throw_reasons() const {
    std::string text;
    bool bad_certificate = false;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      text += (i == 0 ? "" : "; ") + options_.endpoints[i].to_string() + ": " + reasons_[i].text;
      bad_certificate = bad_certificate || reasons_[i].bad_certificate;
    }
    throw Error(bad_certificate ? ErrorCode::permission : ErrorCode::io, "unable to connect to API: " + text, !bad_certificate);
  }

  struct Reason {
    std::string text = "no answer";
    bool bad_certificate = false;
  };

  const DialOptions& options_;
  const Job* job_;
  TlsContextPtr ca_context_, system_context_;
  std::deque<Candidate> waiting_;
  std::vector<Attempt> running_;
  std::vector<bool> ready_;
  std::vector<Reason> reasons_;
  std::optional<Dialled> winner_;
};

}  // namespace

Dialled dial(const DialOptions& options, const Job* job) { return Dialler(options, job).run(); }

}  // namespace jujubackup
