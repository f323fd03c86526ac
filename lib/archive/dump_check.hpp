// Whether juju-backup/dump is a dump that mongorestore can use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/archive.hpp>

#include "archive/findings.hpp"
#include "archive/name_set.hpp"
#include "archive/stream.hpp"
#include "bson/document.hpp"

namespace jujubackup {

class DumpCheck {
 public:
  explicit DumpCheck(Findings& findings) : findings_(findings) {}

  // `name` is the entry's path below juju-backup/dump/, "" for the folder itself.
  void entry(std::string_view name, const Entry& entry);
  // The end of the archive: what should have come and did not.
  void finish();

 private:
  void collection(std::string_view stem);

  Findings& findings_;
  bool seen_ = false;
  bool oplog_ = false;
  bool juju_ = false;
  bool any_bson_ = false;
  NameSet top_;                           // what lies directly in dump/
  NameSet described_;                     // collections with .metadata.json, as "db/collection"
  std::vector<std::string> collections_;  // with .bson; at most max_collections
};

// Documents in a .bson file that arrives in pieces; a finding if they are not whole.
class BsonCheck {
 public:
  BsonCheck(Findings& findings, const Entry& entry) : findings_(findings), path_(entry.path) {}
  void feed(std::span<const std::byte> bytes) { scanner_.feed(bytes); }
  // Returns the number of documents.
  std::uint64_t finish();

 private:
  Findings& findings_;
  std::string path_;
  bson::Scanner scanner_;
};

}  // namespace jujubackup
