#include "restore_run/stage_dump.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "archive/layout.hpp"
#include "base/text.hpp"
#include "bson/document.hpp"
#include "database/bson_file.hpp"
#include "database/commands.hpp"
#include "database/oplog.hpp"
#include "io/tree_writer.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {
namespace {

class OplogSink final : public Sink {
 public:
  OplogSink(const std::string& path, const std::vector<std::string>& namespaces)
      : wanted_(namespaces.begin(), namespaces.end()),
        writer_(path),
        scanner_([this](std::span<const std::byte> entry) { take(entry); }, bson::max_document_bytes) {}

  void write(std::span<const std::byte> bytes) override {
    if (!scanner_.feed(bytes)) fail();
  }
  void finish() {
    if (!scanner_.finish()) fail();
    writer_.publish();
  }

 private:
  [[noreturn]] void fail() const { throw Error(Error(ErrorCode::corrupt, scanner_.problem()).add_context("oplog.bson")); }
  void take(std::span<const std::byte> entry) {
    if (const auto kept = database::oplog_entry_about(entry, wanted_)) writer_.write(*kept);
  }

  database::Namespaces wanted_;
  database::BsonWriter writer_;
  bson::Scanner scanner_;
};

std::vector<std::string> entries_of(Archive& archive, const std::vector<std::string>& namespaces, Job* job) {
  std::set<std::string> there;
  archive.for_each(
      false,
      [&](const Entry& entry) {
        if (entry.type == EntryType::file) there.insert(entry.path);
      },
      job);
  std::vector<std::string> entries;
  for (const std::string& name : namespaces) {
    const database::Namespace where = database::parse_namespace(name);
    std::string stem = std::string(layout::dump);
    stem.append("/").append(where.database).append("/").append(where.collection);
    // A name out of a journal is not to be trusted more than one out of an archive.
    check_relative_path(stem);
    if (!there.contains(stem + ".bson")) throw Error(ErrorCode::corrupt, "the archive has no dump of " + quoted_name(name));
    entries.push_back(stem + ".bson");
    if (there.contains(stem + ".metadata.json")) entries.push_back(stem + ".metadata.json");
  }
  return entries;
}

}  // namespace

std::string stage_dump(Archive& archive, const std::vector<std::string>& namespaces, bool with_oplog, const std::string& directory,
                       Job* job) {
  std::string dump = join_path(directory, std::string(layout::dump));
  ExtractOptions options;
  options.names = entries_of(archive, namespaces, job);
  // No name at all would stand for everything.
  if (!options.names.empty()) archive.extract(directory, options, job);
  make_directories(dump);
  if (!with_oplog) return dump;
  OplogSink sink(join_path(dump, "oplog.bson"), namespaces);
  archive.read_entry(layout::oplog, sink, job);
  sink.finish();
  return dump;
}

}  // namespace jujubackup::restore_run
