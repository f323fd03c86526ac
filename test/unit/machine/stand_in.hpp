// Running the stand-in for mongodump (test/data/bin).
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "test_support.hpp"

namespace test {

// Sets the environment that the stand-in is told by; it ends with the scope.
class StandIn {
 public:
  StandIn(const Scratch& scratch, const std::string& mode) : argv_(scratch / "stand-in-argv"), password_(scratch / "stand-in-password") {
    set("STAND_IN_DUMP", data_path("dump"));
    set("STAND_IN_ARGV", argv_);
    set("STAND_IN_PASSWORD", password_);
    set("STAND_IN_MODE", mode);
    set("STAND_IN_SNAP_TMP", scratch / "tmp/snap-private-tmp/snap.juju-db");
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  ~StandIn() {
    for (const std::string& name : names_) ::unsetenv(name.c_str());
  }

  static std::string program() { return data_path("bin/mongodump-stand-in"); }
  std::string argv_path() const { return argv_; }
  bool was_run() const { return std::filesystem::exists(argv_); }
  std::vector<std::string> arguments() const {
    std::vector<std::string> lines;
    std::istringstream in(read_file(argv_));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  std::string password() const { return read_file(password_); }

 private:
  void set(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
    names_.emplace_back(name);
  }
  std::string argv_;
  std::string password_;
  std::vector<std::string> names_;
};

}  // namespace test
