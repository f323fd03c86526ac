// An oplog over any bytes: what is about other collections never stays, what stays is well-formed, and what it makes of documents is, too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>

#include "bson/builder.hpp"
#include "bson/document.hpp"
#include "database/bson_edit.hpp"
#include "database/oplog.hpp"

namespace {

using jujubackup::Error;
using jujubackup::ErrorCode;
using Bytes = jujubackup::bson::Bytes;
using Document = std::span<const std::byte>;
namespace db = jujubackup::database;

void require(bool good) {
  if (!good) std::abort();
}

// What may be wrong with it; anything else is a defect.
template <typename F>
void may_fail(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    constexpr ErrorCode known[] = {ErrorCode::corrupt, ErrorCode::unsupported, ErrorCode::program, ErrorCode::limit,
                                   ErrorCode::invalid_argument};
    require(std::find(std::begin(known), std::end(known), error.code()) != std::end(known));
  }
}

// An edit may make a document deeper than it was.
void require_well_formed(Document document) { jujubackup::bson::check_document(document, 400); }

void filter(Document entry, std::vector<Bytes>& kept) {
  const db::Namespaces wanted = {"juju.machines", "juju.things"};
  may_fail([&] {
    const std::optional<Bytes> about = db::oplog_entry_about(entry, wanted);
    if (!about) return;
    require_well_formed(*about);
    require(about->size() <= entry.size());
    require(db::oplog_entry_about(*about, wanted) == about);
    kept.push_back(*about);
  });
}

void replay(Document entry, std::vector<Bytes>& documents) {
  may_fail([&] {
    db::for_each_operation(entry, [&](const db::OplogOperation& operation) {
      require(operation.where == "juju.machines" || operation.where == "juju.things");
      may_fail([&] {
        std::optional<Document> before;
        if (!documents.empty()) before = documents.back();
        if (operation.kind != db::OplogOperation::Kind::update) {
          documents.emplace_back(operation.o.begin(), operation.o.end());
          return;
        }
        const Document id = operation.id.empty() ? operation.o : operation.id;
        if (auto after = db::replayed(before, operation.o, id)) {
          require_well_formed(*after);
          documents.push_back(std::move(*after));
        }
      });
    });
  });
}

// Any document as the filter and the update of any other.
void edit(Document document, Document change) {
  may_fail([&] {
    const Bytes after = db::updated(document, change);
    require_well_formed(after);
    require(db::updated(after, change) == after || !db::is_replacement(change));
  });
  may_fail([&] { require_well_formed(db::upserted(change, document)); });
  may_fail([&] {
    if (db::matches(document, change)) require(db::matches(document, change));
  });
  may_fail([&] { static_cast<void>(db::id_key(document)); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Bytes> entries, kept, documents;
  jujubackup::bson::Scanner scanner([&](Document document) { entries.emplace_back(document.begin(), document.end()); });
  scanner.feed(std::as_bytes(std::span(data, size)));
  for (const Bytes& entry : entries) filter(entry, kept);
  for (const Bytes& entry : kept) replay(entry, documents);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    may_fail([&] {
      jujubackup::bson::check_document(entries[i - 1]);
      jujubackup::bson::check_document(entries[i]);
      edit(entries[i - 1], entries[i]);
    });
  }
  return 0;
}
