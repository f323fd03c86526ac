#include <jujubackup/server.hpp>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/walk.hpp"
#include "net/certificate.hpp"
#include "net/endpoint.hpp"
#include "net/tls_stream.hpp"
#include "server/client_dir.hpp"
#include "server/controller_state.hpp"
#include "server/random.hpp"
#include "server/serve_connection.hpp"
#include "server/service.hpp"

namespace jujubackup {
namespace {

bool is_wildcard(const std::string& host) { return host.empty() || host == "0.0.0.0" || host == "::"; }
bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::vector<Endpoint> advertised(const ServerOptions& options, const Endpoint& bound) {
  std::vector<Endpoint> all;
  const auto add = [&all](Endpoint endpoint) {
    if (std::find(all.begin(), all.end(), endpoint) == all.end()) all.push_back(std::move(endpoint));
  };
  for (const std::string& text : options.advertise) {
    Endpoint endpoint = parse_endpoint(text);
    if (endpoint.port == 0) endpoint.port = bound.port;
    add(std::move(endpoint));
  }
  if (!all.empty()) return all;
  if (!is_wildcard(bound.host)) add(bound);
  if (is_wildcard(bound.host) || is_loopback(bound.host)) {
    add({bound.host == "::1" ? bound.host : "127.0.0.1", bound.port});
    add({"localhost", bound.port});
  }
  return all;
}

// Clients know this server by the first; the second is what the database is called, until 4.0.
KeyPair own_certificate(const KeyPair& ca, const Generation& generation, const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> names{"juju-apiserver", "anything", "localhost", "127.0.0.1", "::1"};
  if (!generation.at_least(4, 0)) names.emplace_back("juju-mongodb");
  for (const Endpoint& endpoint : endpoints) {
    if (std::find(names.begin(), names.end(), endpoint.host) == names.end()) names.push_back(endpoint.host);
  }
  return make_server_certificate(ca, names);
}

// IDs of backups end in the model's UUID, so the server has that of the machine that it backs up, and so has the machine's ID.
void take_from_machine(const CreateOptions& options, ControllerFacts& facts) {
  try {
    const AgentConf conf = read_agent_conf(options.place);
    if (!conf.machine_id.empty()) facts.machine_id = conf.machine_id;
    if (is_uuid(conf.model_uuid)) facts.model_uuid = conf.model_uuid;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  if (!options.model_uuid.empty()) facts.model_uuid = options.model_uuid;
}

ControllerFacts facts_of(const ServerOptions& options, const ControllerState& state, const Endpoint& bound) {
  ControllerFacts facts;
  facts.controller_uuid = state.controller_uuid;
  facts.model_uuid = state.model_uuid;
  facts.ca_cert = state.ca.certificate_pem;
  facts.advertise = advertised(options, bound);
  facts.started = Timestamp::now();
  if (options.create) take_from_machine(*options.create, facts);
  if (!is_uuid(facts.model_uuid)) throw Error(ErrorCode::invalid_argument, quoted_name(facts.model_uuid) + " is not a model's UUID");
  if (options.restore && facts.model_uuid != state.model_uuid) {
    ControllerState known = state;
    known.model_uuid = facts.model_uuid;
    save_state(options.state_dir, known);
  }
  return facts;
}

Backups::Places places_of(const ServerOptions& options, const ControllerFacts& facts) {
  return {options.store_url.empty() ? "file:" + join_path(options.state_dir, "store") : options.store_url,
          options.backup_dir.empty() ? join_path(options.state_dir, "backups") : options.backup_dir, facts.model_uuid};
}

bool is_at_or_below(const std::filesystem::path& path, const std::filesystem::path& place) {
  const auto [in_place, in_path] = std::mismatch(place.begin(), place.end(), path.begin(), path.end());
  return in_place == place.end();
}

// What would be lost by the first restore is told before it.
std::optional<ServerRestore> restore_of(const ServerOptions& options) {
  if (!options.restore) return std::nullopt;
  const ControllerPlace& place = options.restore->options.place;
  const std::string data = place.data_dir.substr(std::min(place.data_dir.find_first_not_of('/'), place.data_dir.size()));
  const std::filesystem::path replaced = std::filesystem::weakly_canonical(join_path(place.root, data));
  constexpr std::string_view scheme = "file:";
  const std::string store = options.store_url.starts_with(scheme) ? options.store_url.substr(scheme.size()) : "";
  for (const std::string& own : {options.state_dir, store, options.backup_dir}) {
    if (own.empty() || !is_at_or_below(std::filesystem::weakly_canonical(own), replaced)) continue;
    throw Error(ErrorCode::invalid_argument, printable(own) + " lies in what a restore replaces");
  }
  return options.restore;
}

}  // namespace

struct Server::State {
  struct Client {
    explicit Client(std::string peer) : connection(std::move(peer)) {}
    Connection connection;
    std::thread thread;
    bool done = false;
  };

  State(const ServerOptions& options, const ControllerState& kept)
      : generation(options.version),
        listener(std::in_place, parse_endpoint(options.address)),
        bound(listener->address()),
        log(options.log),
        restorer(generation, restore_of(options), options.state_dir, log),
        facts(facts_of(options, kept, bound)),
        certificate(own_certificate(kept.ca, generation, facts.advertise)),
        identity(certificate.certificate_pem, certificate.key_pem),
        users(options.users),
        limits(options.limits),
        backups(generation, places_of(options, facts), options.create),
        facades(generation, facts, backups, restorer),
        service{generation, limits, facts, users, log, backups, facades, restorer} {
    certificate.key_pem.clear();
    restorer.on_restored([this] { start_again(); });
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { stop(std::chrono::milliseconds(0)); }

  void accept_clients();
  void start_again();
  bool come_back();
  bool all_done() const {
    return std::all_of(clients.begin(), clients.end(), [](const Client& client) { return client.done; });
  }
  void take(Listener::Accepted accepted);
  void join_finished();
  void stop(std::chrono::milliseconds grace);

  Generation generation;
  std::optional<Listener> listener;
  Endpoint bound;
  EventLog log;
  Restorer restorer;  // ends an interrupted restore before the rest looks at the machine
  ControllerFacts facts;
  KeyPair certificate;
  TlsIdentity identity;
  Users users;
  ServerLimits limits;
  Backups backups;
  Facades facades;
  Service service;

  std::mutex mutex;
  std::condition_variable changed;
  std::list<Client> clients;  // a client's thread sets `done`, the acceptor or stop() joins it
  bool stopping = false;
  bool starting_again = false;
  std::thread acceptor;
};

void Server::State::join_finished() {
  std::list<Client> finished;
  {
    const std::lock_guard lock(mutex);
    for (auto client = clients.begin(); client != clients.end();) {
      const auto next = std::next(client);
      if (client->done) finished.splice(finished.end(), clients, client);
      client = next;
    }
  }
  for (Client& client : finished) client.thread.join();
}

void Server::State::take(Listener::Accepted accepted) {
  join_finished();
  const std::lock_guard lock(mutex);
  if (stopping || starting_again) return;
  if (clients.size() >= limits.connections) {
    log.add({accepted.peer, {}, "connection", "too many connections"});
    return;
  }
  Client& client = clients.emplace_back(accepted.peer);
  try {
    // The list keeps its elements where they are.
    client.thread = std::thread([this, &client, socket = std::move(accepted.socket)]() mutable {
      serve_connection(service, client.connection, std::move(socket), identity);
      const std::lock_guard done(mutex);
      client.done = true;
      changed.notify_all();
    });
  } catch (const std::system_error&) {
    log.add({client.connection.peer(), {}, "connection", "no thread for it"});
    clients.pop_back();
  }
}

void Server::State::accept_clients() {
  try {
    do {
      while (auto accepted = listener->accept()) take(std::move(*accepted));
    } while (come_back());
  } catch (const std::exception& error) {
    log.add({{}, {}, "accepting", error.what()});
  }
}

// Called on a client's own thread: everybody is cut off, that client too, and the acceptor does the rest.
void Server::State::start_again() {
  const std::lock_guard lock(mutex);
  if (stopping) return;
  starting_again = true;
  for (Client& client : clients) client.connection.cut();
  if (listener) listener->stop();
}

// Once accepting was stopped: whether it goes on.
bool Server::State::come_back() {
  std::unique_lock lock(mutex);
  if (stopping || !starting_again) return false;
  listener.reset();
  changed.wait(lock, [this] { return all_done(); });
  lock.unlock();
  join_finished();
  lock.lock();
  // Another process may be quicker, for a while.
  constexpr int attempts = 100;
  for (int attempt = 1; !stopping; ++attempt) {
    try {
      listener.emplace(bound);
      starting_again = false;
      log.add({{}, {}, "starting again", "ok"});
      return true;
    } catch (const Error& error) {
      if (attempt == attempts) throw;
      changed.wait_for(lock, std::chrono::milliseconds(100), [this] { return stopping; });
    }
  }
  return false;
}

void Server::State::stop(std::chrono::milliseconds grace) {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    if (listener) listener->stop();
  }
  changed.notify_all();
  if (acceptor.joinable()) acceptor.join();
  std::unique_lock lock(mutex);
  listener.reset();  // or clients would wait in its queue
  for (Client& client : clients) client.connection.stop();
  if (!changed.wait_for(lock, grace, [this] { return all_done(); })) {
    for (Client& client : clients) client.connection.cut();
    changed.wait(lock, [this] { return all_done(); });
  }
  lock.unlock();
  join_finished();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Server Server::start(const ServerOptions& options) {
  auto state = std::make_unique<State>(options, load_or_make_state(options.state_dir));
  state->acceptor = std::thread([&state = *state] { state.accept_clients(); });
  return Server(std::move(state));
}

std::string Server::address() const { return state_->bound.to_string(); }
const std::string& Server::ca_cert() const noexcept { return state_->facts.ca_cert; }
const std::string& Server::controller_uuid() const noexcept { return state_->facts.controller_uuid; }
const std::string& Server::model_uuid() const noexcept { return state_->facts.model_uuid; }

void Server::write_client_dir(const std::string& path, const std::string& controller_name, const ServerUser& user) const {
  write_client_directory(path, controller_name, user, state_->generation, state_->facts);
}

void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace jujubackup
