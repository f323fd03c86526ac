// Building the new directory beside the one that it is to replace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "client/restore_plan.hpp"
#include "client/restore_swap.hpp"

namespace jujubackup::client {

// What was built and not yet put in place; its end removes it.
class Staged {
 public:
  Staged() = default;
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged();

  std::vector<Slot> slots;  // inode numbers and all
  std::uint64_t files = 0;  // from the backup
  std::vector<std::string> warnings;
  void keep() noexcept { kept_ = true; }

 private:
  bool kept_ = false;
};

// Durable when it returns. Error(corrupt) if the source is no longer what the plan was made from.
void stage_restore(const RestorePlan& plan, const ArchiveContent& content, const RestoreTarget& target, Source& source, Staged& staged,
                   Job* job);

}  // namespace jujubackup::client
