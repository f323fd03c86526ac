// Everything that a verification can find, and the collecting of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/verify.hpp>

#include "archive/fault.hpp"

namespace jujubackup {

struct FindingKind {
  const char* code;
  Severity severity;
  const char* meaning;  // for a restore
};

// Sorted by code. docs/findings.md has the same rows (a test compares them).
std::span<const FindingKind> finding_kinds() noexcept;

class Findings {
 public:
  static constexpr std::size_t limit = 1000;
  // After so many only the first of each code is still taken, so that a flood of notes cannot hide an error.
  static constexpr std::size_t many = 900;

  explicit Findings(std::vector<Finding>& into);

  // Severity and meaning come from the table; `where` and `message` are cut where they are very long, and made
  // printable, since names from the archive are in them.
  void add(std::string_view code, std::string_view where, std::string_view message);
  // With "root-" before the codes that begin with "tar-" if the fault lies inside of root.tar.
  void add(const ArchiveFault& fault, bool inside_root_tar = false);

 private:
  std::vector<Finding>& into_;
  std::vector<bool> seen_;  // by place in the table
  std::uint64_t left_out_ = 0;
};

}  // namespace jujubackup
