// Replacing a directory, and a file that belongs to it, so that at every moment the old or the new one is in place, and a later process
// can tell which and go on or back.
//
// A slot is a place with three names: the live one, one where the new is built ("juju.restore-new") and one where the old is kept
// ("juju.before-restore"). Renaming keeps inode numbers, so the numbers in the journal tell what is where, whatever was interrupted, and
// the journal need not be written at each step. Every function here may be called again after it failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jujubackup/time.hpp>

namespace jujubackup::client {

struct Slot {
  std::string live;
  std::uint64_t new_inode = 0;
  std::uint64_t old_inode = 0;  // 0: nothing was there

  std::string staging() const { return live + ".restore-new"; }
  std::string kept() const { return live + ".before-restore"; }
};

enum class Intent { replace, commit, undo };

struct Journal {
  Intent intent = Intent::replace;
  Timestamp started;
  std::vector<Slot> slots;
};

std::string journal_path(const std::string& live);
// Nothing if there is none. Error(corrupt).
std::optional<Journal> read_journal(const std::string& live);
// Durable, all or nothing. With `replace` over an older one.
void write_journal(const std::string& live, const Journal& journal, bool replace);
void remove_journal(const std::string& live);

std::uint64_t inode_at(const std::string& path);  // 0: nothing there

enum class Where { before, between, after, elsewhere };  // before: the old in place; after: the new in place and the old kept
Where look_at_slot(const Slot& slot);

// Makes what is missing to `after`, or back to `before`. Error(unsupported) from `elsewhere`.
void swap_in(const Slot& slot);
void swap_back(const Slot& slot);
// What is of that number under one of the two other names.
void remove_new(const Slot& slot);
void remove_old(const Slot& slot);

// Everything below, and the directory itself.
void sync_tree(const std::string& path);

}  // namespace jujubackup::client
