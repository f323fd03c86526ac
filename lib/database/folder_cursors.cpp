// What reads documents of a folder: find, getMore, killCursors, count.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <jujubackup/error.hpp>

#include "database/folder_call.hpp"
#include "database/folder_commands.hpp"

namespace jujubackup::database {
namespace {

constexpr std::int64_t first_batch_documents = 101;
constexpr std::size_t max_batch_bytes = std::size_t{16} << 20;
constexpr std::size_t max_answer_bytes = std::size_t{47} << 20;
constexpr std::size_t max_cursors = 64;

}  // namespace

std::string FolderSession::batch_of(Cursor cursor, std::int64_t id, std::int64_t documents, const char* name, Job* job) {
  std::string list;
  bool ended = cursor.reader == nullptr;
  const auto take = [&](std::string json) {
    if (json.size() > max_answer_bytes) throw Error(ErrorCode::limit, "a document of " + cursor.where.text() + " is too large as JSON");
    if (!list.empty() && list.size() + json.size() > max_batch_bytes) {
      cursor.waiting = std::move(json);
      return false;
    }
    if (!list.empty()) list += ',';
    list += json;
    --cursor.left;
    --documents;
    return true;
  };
  bool goes_on = !ended;
  if (cursor.waiting && documents > 0) goes_on = take(*std::exchange(cursor.waiting, std::nullopt));
  while (goes_on && !ended && documents > 0 && cursor.left > 0) {
    job_check(job);
    const auto document = cursor.reader->next();
    if (!document) {
      ended = true;
    } else if (matches(*document, cursor.filter)) {
      goes_on = take(json_of_bson(*document));
    }
  }
  ended = ended || cursor.left == 0;
  const std::string where = cursor.where.text();
  if (!ended) {
    if (cursors_.size() >= max_cursors) throw Error(ErrorCode::limit, "too many open cursors");
    if (id == 0) id = next_cursor_++;
    cursors_.emplace(id, std::move(cursor));
  }
  return R"({"cursor":{"id":)" + number(ended ? 0 : id) + R"(,"ns":)" + quoted(where) + ",\"" + name + "\":[" + list + "]}," +
         std::string(fine);
}

std::string FolderSession::find(const Call& call) {
  Cursor cursor;
  cursor.where = call.where();
  if (state_->folder.has(cursor.where)) cursor.reader = std::make_unique<BsonReader>(state_->folder.bson_path(cursor.where));
  const Document filter = document_in(call.command, "filter");
  cursor.filter = filter.empty() ? bson::Builder().finish() : bson::Bytes(filter.begin(), filter.end());
  const std::int64_t limit = number_in(call.command, "limit", 0);
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  // A negative limit means one batch.
  cursor.left = static_cast<std::uint64_t>(limit == 0 ? no_limit : std::abs(std::max(limit, -no_limit)));
  const bool one_batch = limit < 0 || is_set(call.command, "singleBatch");
  const std::int64_t documents = std::max<std::int64_t>(number_in(call.command, "batchSize", first_batch_documents), 0);
  const std::int64_t before = next_cursor_;
  std::string answer = batch_of(std::move(cursor), 0, documents, "firstBatch", call.job);
  if (one_batch && cursors_.erase(before) != 0) {
    const std::string open = R"("id":)" + number(before);
    answer.replace(answer.find(open), open.size(), R"("id":)" + number(0));
  }
  return answer;
}

std::string FolderSession::get_more(const Call& call) {
  const std::int64_t id = number_in(call.command, "getMore", 0);
  const auto cursor = cursors_.find(id);
  if (cursor == cursors_.end()) throw Error(ErrorCode::program, "cursor id not found");
  Cursor taken = std::move(cursor->second);
  cursors_.erase(cursor);
  std::int64_t documents = number_in(call.command, "batchSize", 0);
  if (documents <= 0) documents = std::numeric_limits<std::int64_t>::max();
  return batch_of(std::move(taken), id, documents, "nextBatch", call.job);
}

std::string FolderSession::kill_cursors(const Call& call) {
  const auto list = bson::find_field(call.command, "cursors");
  if (list && list->is(bson::Type::array)) {
    bson::for_each_field(list->value, [&](const bson::Field& id) {
      cursors_.erase(id.integer().value_or(0));
      return true;
    });
  }
  return ok(call);
}

std::string FolderSession::count(const Call& call) {
  const Document query = document_in(call.command, "query");
  std::int64_t counted = 0;
  state_->folder.for_each(
      call.where(),
      [&](Document document) {
        if (query.empty() || matches(document, query)) ++counted;
        return true;
      },
      call.job);
  return R"({"n":)" + number(counted) + "," + std::string(fine);
}

}  // namespace jujubackup::database
