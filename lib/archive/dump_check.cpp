#include "archive/dump_check.hpp"

#include <fmt/format.h>

#include "archive/layout.hpp"

namespace jujubackup {

namespace {

constexpr std::string_view bson_end = ".bson";
constexpr std::string_view description_end = ".metadata.json";
// A controller has some two hundred. What lies beyond is not remembered.
constexpr std::size_t max_collections = 10'000;
constexpr std::size_t max_listed = 3;
// Juju refuses a dump folder with fewer (2.8.10+, "too few files in dump dir").
constexpr std::size_t min_top_entries = 2;

}  // namespace

void DumpCheck::entry(std::string_view name, const Entry& entry) {
  seen_ = true;
  if (name.empty()) return;
  const std::size_t slash = name.find('/');
  top_.insert(name_hash(name.substr(0, slash)));
  if (entry.type != EntryType::file) return;
  if (name == "oplog.bson") oplog_ = true;
  if (name.ends_with(bson_end)) {
    any_bson_ = true;
    if (slash == std::string_view::npos) return;
    if (name.substr(0, slash) == "juju") juju_ = true;
    collection(name.substr(0, name.size() - bson_end.size()));
    return;
  }
  if (name.ends_with(description_end)) described_.insert(name_hash(name.substr(0, name.size() - description_end.size())));
}

void DumpCheck::collection(std::string_view stem) {
  // mongod keeps these itself; old tools dump them without a description.
  if (stem.substr(stem.find('/') + 1).starts_with("system.")) return;
  if (collections_.size() < max_collections) collections_.emplace_back(stem);
}

void DumpCheck::finish() {
  if (!seen_) {
    findings_.add("dump-missing", layout::dump, "the archive has no database dump");
    return;
  }
  if (!any_bson_ || top_.size() < min_top_entries) {
    const std::string_view what = any_bson_ ? "" : " and no .bson file";
    findings_.add("dump-empty", layout::dump, fmt::format("too few files in the dump: {}{}", top_.size(), what));
    return;
  }
  if (!juju_) findings_.add("dump-juju-missing", layout::dump, "the dump has no collection of the database juju");
  if (!oplog_) findings_.add("oplog-missing", layout::oplog, "the dump has no oplog");

  std::string listed;
  std::size_t missing = 0;
  for (const std::string& stem : collections_) {
    if (described_.contains(name_hash(stem))) continue;
    if (++missing > max_listed) continue;
    if (!listed.empty()) listed += ", ";
    listed += stem;
  }
  if (missing == 0) return;
  findings_.add("collection-metadata-missing", layout::dump,
                fmt::format("{} without .metadata.json: {}{}", missing == 1 ? "1 collection" : fmt::format("{} collections", missing),
                            listed, missing > max_listed ? ", ..." : ""));
}

std::uint64_t BsonCheck::finish() {
  if (!scanner_.finish()) findings_.add("bson-damaged", path_, scanner_.problem());
  return scanner_.documents();
}

}  // namespace jujubackup
