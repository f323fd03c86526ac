// Whether root.tar holds the files that a controller machine needs (juju state/backups/files.go).
#pragma once

#include <array>
#include <string_view>

#include <jujubackup/archive.hpp>

#include "archive/findings.hpp"

namespace jujubackup {

class RootCheck {
 public:
  // An entry of root.tar, by its path there.
  void entry(const Entry& entry);
  // The end of root.tar: what should have come and did not.
  void finish(Findings& findings) const;

 private:
  static constexpr std::size_t wanted = 5;
  std::array<bool, wanted> seen_{};
};

}  // namespace jujubackup
