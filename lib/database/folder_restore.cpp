#include "database/folder_restore.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <jujubackup/error.hpp>

#include "database/oplog.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::database {
namespace {

using bson::Bytes;

constexpr std::size_t max_metadata_bytes = std::size_t{16} << 20;
constexpr std::size_t max_oplog_bytes = std::size_t{512} << 20;  // of what is kept of it

void write_text(const std::string& path, const std::string& text) {
  make_durable_directory(parent_of(path));
  TempFile file(parent_of(path));
  file.write(std::as_bytes(std::span(text)));
  file.publish(path.substr(path.rfind('/') + 1), true);
}

void copy_metadata(const std::string& from, const std::string& to) {
  if (look_at(from).kind == FileKind::file) write_text(to, read_small_file(from, max_metadata_bytes));
}

struct Arguments {
  bool drop = false, replay_oplog = false;
  std::string from, to;  // namespaces; up to the "*"

  Namespace target_of(const Namespace& where) const {
    const std::string text = where.text();
    if (from.empty() || !text.starts_with(from)) return where;
    return parse_namespace(to + text.substr(from.size()));
  }
};

Arguments parse_arguments(const std::vector<std::string>& arguments) {
  Arguments parsed;
  const auto value_of = [&](std::size_t& i, const std::string& name, std::string& into) {
    if (arguments[i] == name && i + 1 < arguments.size()) {
      into = arguments[++i];
    } else if (arguments[i].starts_with(name + "=")) {
      into = arguments[i].substr(name.size() + 1);
    } else {
      return;
    }
    if (!into.ends_with('*')) throw Error(ErrorCode::unsupported, name + " without a * at its end");
    into.pop_back();
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--drop") parsed.drop = true;
    if (arguments[i] == "--oplogReplay") parsed.replay_oplog = true;
    value_of(i, "--nsFrom", parsed.from);
    if (i < arguments.size()) value_of(i, "--nsTo", parsed.to);
  }
  return parsed;
}

// What an oplog makes of one collection.
class Replay {
 public:
  struct Step {
    OplogOperation::Kind kind;
    Bytes o, id;
  };

  void add(const OplogOperation& operation) {
    Step step{operation.kind, {operation.o.begin(), operation.o.end()}, {operation.id.begin(), operation.id.end()}};
    if (step.kind != OplogOperation::Kind::drop) touched_.insert(key_of_step(step));
    steps_.push_back(std::move(step));
  }

  // Each document of the dump, in a first pass.
  void look(Document document) {
    const std::string key = id_key(document);
    if (touched_.contains(key)) documents_[key] = Bytes(document.begin(), document.end());
  }

  void apply(Job* job) {
    for (const Step& step : steps_) {
      job_check(job);
      apply(step);
    }
    steps_.clear();
  }

  // Each document of the dump again, once applied; then end().
  void write(Document document, const Folder::Write& write) {
    if (cleared_) return;
    const std::string key = id_key(document);
    if (!touched_.contains(key)) return write(document);
    const auto now = documents_.find(key);
    if (now == documents_.end()) return;
    write(now->second);
    documents_.erase(now);
  }
  void end(const Folder::Write& write) const {
    for (const auto& [key, document] : documents_) write(document);
  }

 private:
  static std::string key_of_step(const Step& step) {
    std::string key = id_key(step.kind == OplogOperation::Kind::update && !step.id.empty() ? step.id : step.o);
    if (key.empty()) throw Error(ErrorCode::corrupt, "an oplog entry without an _id");
    return key;
  }

  void apply(const Step& step) {
    if (step.kind == OplogOperation::Kind::drop) {
      cleared_ = true;
      documents_.clear();
      return;
    }
    const std::string key = key_of_step(step);
    switch (step.kind) {
      case OplogOperation::Kind::insert: documents_[key] = step.o; break;
      case OplogOperation::Kind::remove: documents_.erase(key); break;
      case OplogOperation::Kind::update: {
        const auto now = documents_.find(key);
        std::optional<Document> before;
        if (now != documents_.end()) before = now->second;
        auto after = replayed(before, step.o, step.id.empty() ? step.o : step.id);
        if (after) documents_[key] = std::move(*after);
        break;
      }
      case OplogOperation::Kind::drop: break;
    }
  }

  std::vector<Step> steps_;
  std::set<std::string> touched_;
  std::map<std::string, Bytes> documents_;  // of those that are touched
  bool cleared_ = false;
};

std::map<std::string, Replay> read_oplog(const std::string& path, Job* job) {
  std::map<std::string, Replay> replays;
  if (look_at(path).kind == FileKind::missing) return replays;
  BsonReader reader(path);
  std::size_t kept_bytes = 0;
  while (const auto entry = reader.next()) {
    job_check(job);
    for_each_operation(*entry, [&](const OplogOperation& operation) {
      kept_bytes += operation.o.size() + operation.id.size();
      if (kept_bytes > max_oplog_bytes) throw Error(ErrorCode::limit, path + ": too much to replay");
      replays[operation.where].add(operation);
    });
  }
  return replays;
}

// Writes one collection as it is after the restore.
class CollectionRestore {
 public:
  CollectionRestore(Folder& folder, const Folder& dump, const Arguments& arguments, Job* job)
      : folder_(folder), dump_(dump), arguments_(arguments), job_(job) {}

  void run(const Namespace& from, Replay& replay) {
    const Namespace to = arguments_.target_of(from);
    if (folder_.has(to) && !(arguments_.drop && dump_.has(from))) {
      for_each_there(to, [&](Document document) { there_.insert(id_key(document)); });
    }
    const bool keeps = !there_.empty();
    const auto each = [&](const std::function<void(Document)>& visit) {
      if (keeps) for_each_there(to, visit);
      for_each_new(from, visit);
    };
    each([&](Document document) { replay.look(document); });
    replay.apply(job_);
    folder_.rewrite(
        to, {},
        [&](const Folder::Write& write) {
          each([&](Document document) { replay.write(document, write); });
          replay.end(write);
        },
        job_);
    copy_metadata(dump_.metadata_path(from), folder_.metadata_path(to));
    // What was dropped took its indexes along.
    const bool is_described = look_at(dump_.metadata_path(from)).kind == FileKind::file;
    if (arguments_.drop && dump_.has(from) && !is_described) remove_durably(folder_.metadata_path(to));
    there_.clear();
  }

 private:
  void for_each_there(const Namespace& to, const std::function<void(Document)>& visit) const {
    folder_.for_each(
        to,
        [&](Document document) {
          visit(document);
          return true;
        },
        job_);
  }
  void for_each_new(const Namespace& from, const std::function<void(Document)>& visit) const {
    dump_.for_each(
        from,
        [&](Document document) {
          if (!there_.contains(id_key(document))) visit(document);
          return true;
        },
        job_);
  }

  Folder& folder_;
  const Folder& dump_;
  const Arguments& arguments_;
  Job* job_;
  std::set<std::string> there_;  // the ids of documents that stay: without --drop, mongorestore only adds
};

}  // namespace

void dump_folder(const Folder& folder, const MongoToolCall& call, Job* job) {
  const Folder dump(call.directory);
  make_durable_directory(call.directory);
  std::string log;
  for (const Namespace& where : folder.namespaces()) {
    const bool wanted =
        call.namespaces.empty() || std::find(call.namespaces.begin(), call.namespaces.end(), where.text()) != call.namespaces.end();
    if (!wanted) continue;
    Folder into(call.directory);
    into.rewrite(
        where, {},
        [&](const Folder::Write& write) {
          folder.for_each(
              where,
              [&](Document document) {
                write(document);
                return true;
              },
              job);
        },
        job);
    copy_metadata(folder.metadata_path(where), into.metadata_path(where));
    log += "dumped " + where.text() + "\n";
  }
  if (!call.log_path.empty()) write_text(call.log_path, log);
}

void restore_folder(Folder& folder, const MongoToolCall& call, Job* job) {
  const Arguments arguments = parse_arguments(call.arguments);
  const Folder dump(call.directory);
  if (look_at(call.directory).kind != FileKind::directory) throw Error(ErrorCode::not_found, call.directory + ": no such dump");
  std::vector<Namespace> all = dump.namespaces();
  for (const Namespace& where : all) {
    folder.bson_path(arguments.target_of(where));
    dump.for_each(
        where, [](Document) { return true; }, job);
  }
  std::map<std::string, Replay> replays;
  if (arguments.replay_oplog) replays = read_oplog(join_path(call.directory, "oplog.bson"), job);
  for (const auto& [name, replay] : replays) {
    const Namespace where = parse_namespace(name);
    if (!dump.has(where)) all.push_back(where);
  }
  std::string log;
  for (const Namespace& where : all) {
    CollectionRestore(folder, dump, arguments, job).run(where, replays[where.text()]);
    log += "restored " + arguments.target_of(where).text() + "\n";
  }
  if (!call.log_path.empty()) write_text(call.log_path, log);
}

}  // namespace jujubackup::database
