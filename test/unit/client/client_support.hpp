// What the tests of the client directory share: an environment that is not the tester's.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/environment.hpp"

namespace test {

using Variables = std::map<std::string, std::string>;

inline jujubackup::client::Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

// Sets variables of this process, after taking away all that Juju looks at; puts everything back at the end of the scope.
class ProcessEnvironment {
 public:
  explicit ProcessEnvironment(const Variables& variables) {
    for (const char* name :
         {"JUJU_DATA", "JUJU_MODEL", "JUJU_CONTROLLER", "JUJU_COOKIEFILE", "GOCOOKIES", "XDG_DATA_HOME", "HOME", "TMPDIR"})
      keep(name);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ProcessEnvironment(const ProcessEnvironment&) = delete;
  ProcessEnvironment& operator=(const ProcessEnvironment&) = delete;
  ~ProcessEnvironment() {
    for (const auto& [name, value] : before_) {
      ::unsetenv(name.c_str());
      if (value) ::setenv(name.c_str(), value->c_str(), 1);
    }
  }

 private:
  void keep(const char* name) {
    const char* value = std::getenv(name);
    before_.emplace_back(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
    ::unsetenv(name);
  }
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

}  // namespace test
