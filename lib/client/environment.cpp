#include "client/environment.hpp"

#include <cstdlib>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace client {

Environment process_environment() {
  return [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
}

std::string data_dir(const Environment& environment, Platform platform) {
  if (std::string chosen = environment("JUJU_DATA"); !chosen.empty()) return chosen;
  if (platform == Platform::windows) {
    if (const std::string roaming = environment("APPDATA"); !roaming.empty()) return roaming + "\\Juju";
  } else {
    if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return join_path(data, "juju");
    if (const std::string home = environment("HOME"); !home.empty()) return join_path(home, ".local/share/juju");
  }
  throw Error(ErrorCode::not_found, "cannot determine juju data home, required environment variables are not set");
}

std::string temp_dir(const Environment& environment) {
  std::string chosen = environment("TMPDIR");
  return chosen.empty() ? "/tmp" : chosen;
}

std::string old_cookie_file(const Environment& environment) {
  for (const char* name : {"JUJU_COOKIEFILE", "GOCOOKIES"}) {
    if (std::string chosen = environment(name); !chosen.empty()) return chosen;
  }
  const std::string home = environment("HOME");
  return home.empty() ? "" : join_path(home, ".go-cookies");
}

NamedModel split_model(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

NamedModel model_of(const Environment& environment) {
  NamedModel named = split_model(environment("JUJU_MODEL"));
  std::string controller = environment("JUJU_CONTROLLER");
  if (controller.empty()) return named;
  if (!named.controller.empty() && named.controller != controller) {
    throw Error(ErrorCode::invalid_argument, "controller name from JUJU_MODEL (" + printable(named.controller) +
                                                 ") conflicts with value in JUJU_CONTROLLER (" + printable(controller) + ")");
  }
  named.controller = std::move(controller);
  return named;
}

}  // namespace client

std::string default_client_dir() { return client::data_dir(client::process_environment(), client::this_platform); }

}  // namespace jujubackup
