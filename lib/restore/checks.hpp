// What speaks for and against a restore.
#pragma once

#include <string>
#include <vector>

#include <jujubackup/job.hpp>
#include <jujubackup/restore.hpp>

#include "restore/planning.hpp"

namespace jujubackup::restore {

// Collects checks in order; knows which blockers were accepted.
class Checks {
 public:
  explicit Checks(const RestoreOptions& options) : options_(options) {}

  void ok(std::string name, std::string explanation);
  void warning(std::string name, std::string explanation);
  // Nothing accepts it.
  void blocker(std::string name, std::string explanation);
  // `--override=<name>` makes a warning of it.
  void blocker_unless_overridden(std::string name, std::string explanation);
  // As above, with an option of its own.
  void blocker_with_option(std::string name, std::string explanation, std::string option);

  std::vector<RestoreCheck> finish() { return std::move(checks_); }

 private:
  const RestoreOptions& options_;
  std::vector<RestoreCheck> checks_;
};

void check_archive(Checks& checks, const Planning& planning);
void check_controller(Checks& checks, const Planning& planning);
void check_machine(Checks& checks, const Planning& planning, HostsView* hosts, Job* job);

// "3 machines", "1 machine"
std::string counted(std::uint64_t count, const std::string& one, const std::string& many);
// "12 MiB", "300 bytes"
std::string readable_bytes(std::uint64_t bytes);
// Names, printable, with ", " between them; the first ten.
std::string listed(const std::vector<std::string>& names);

}  // namespace jujubackup::restore
