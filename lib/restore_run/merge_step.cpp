// merge-controller: what one controller takes over of another.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/commands.hpp"
#include "restore_run/database_access.hpp"
#include "restore_run/document_changes.hpp"
#include "restore_run/fix_steps.hpp"

namespace jujubackup::restore_run {
namespace {

// What makes a controller this one, or belongs to the machine it runs on.
constexpr std::array<std::string_view, 18> own_settings{"api-port",
                                                        "ReadOnlyMethods",
                                                        "state-port",
                                                        "ca-cert",
                                                        "charmstore-url",
                                                        "controller-uuid",
                                                        "identity-url",
                                                        "identity-public-key",
                                                        "set-numa-control-policy",
                                                        "autocert-dns-name",
                                                        "autocert-url",
                                                        "allow-model-access",
                                                        "juju-db-snap-channel",
                                                        "max-txn-log-size",
                                                        "caas-image-repo",
                                                        "metering-url",
                                                        "controller-api-port",
                                                        "controller-name"};

bool is_own_setting(std::string_view key) { return std::find(own_settings.begin(), own_settings.end(), key) != own_settings.end(); }

// What transactions were about to do to it is of the other database, and its transactions are not here.
Value without_queue(const Value& document) {
  return document.find("txn-queue") == nullptr ? document : database::with_field(document, "txn-queue", Value::Array());
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

class Merge {
 public:
  Merge(const MergeController& step, DatabaseSession& session, Job* job) : step_(step), session_(session), job_(job) {}

  std::vector<DocumentChange> all() {
    const auto not_admin = [](const std::string& id) { return id != "admin" && id != "admin@local"; };
    const auto any = [](const std::string&) { return true; };
    settings();
    take("users", not_admin);
    take("controllerusers", not_admin);
    take("clouds", [&](const std::string& id) { return id != step_.cloud; });
    take("cloudCredentials", [&](const std::string& id) { return id != step_.cloud_credential; });
    for (const char* name : {"globalSettings", "externalControllers", "secretBackends", "secretBackendsRotate"}) take(name, any);
    permissions();
    return std::move(changes_);
  }

 private:
  database::Namespace from(const char* collection) const { return {step_.from_database, collection}; }
  static database::Namespace to(const char* collection) { return {"juju", collection}; }

  void change(const char* collection, Value after) {
    const Value* id = after.find("_id");
    if (id == nullptr) throw Error(ErrorCode::corrupt, std::string("a document of ") + collection + " has no _id");
    const Value key = *id;
    const auto before = database::find_one(session_, to(collection), {{"_id", key}}, job_);
    if (!before || !database::same(*before, after)) changes_.push_back({to(collection), key, std::move(after)});
  }

  void take(const char* collection, const std::function<bool(const std::string& id)>& wanted) {
    for (const Value& document : database::find_all(session_, from(collection), {}, job_)) {
      if (wanted(database::text_in(document, "_id"))) change(collection, without_queue(document));
    }
  }

  void settings() {
    const Value::Object filter = {{"_id", "controllerSettings"}};
    const auto theirs = database::find_one(session_, from("controllers"), filter, job_);
    const auto ours = database::find_one(session_, to("controllers"), filter, job_);
    const Value* copied = theirs ? theirs->find("settings") : nullptr;
    const Value* kept = ours ? ours->find("settings") : nullptr;
    if (copied == nullptr || copied->object() == nullptr || kept == nullptr) return;
    Value merged = *kept;
    for (const auto& [key, value] : *copied->object()) {
      if (!is_own_setting(key)) merged = database::with_field(merged, key, value);
    }
    change("controllers", database::with_field(*ours, "settings", std::move(merged)));
  }

  // "c#<controller>#us#bob", "e#<model>#us#bob", "cloud#aws#us#bob"
  void permissions() {
    const auto controller = database::find_one(session_, from("controllers"), {{"_id", "e"}}, job_);
    const std::string their_model = controller ? database::text_in(*controller, "model-uuid") : "";
    for (const Value& document : database::find_all(session_, from("permissions"), {}, job_)) {
      const std::string id = database::text_in(document, "_id");
      std::vector<std::string> parts = split(id);
      if (parts.front() == "cloud") change("permissions", without_queue(document));
      const bool is_controller = parts.front() == "c", is_model = parts.front() == "e";
      if ((!is_controller && !is_model) || parts.size() < 3 || parts.back() == "admin") continue;
      // Who was let into a model that stays behind gets nothing of the controller's own model for that.
      if (is_model && !their_model.empty() && parts[1] != their_model) continue;
      const std::string old_object = parts[0] + "#" + parts[1];
      const std::string new_object = parts[0] + "#" + (is_controller ? step_.controller_uuid : step_.controller_model_uuid);
      Value after = database::with_field(without_queue(document), "_id", new_object + id.substr(old_object.size()));
      if (database::text_in(after, "object-global-key") == old_object) {
        after = database::with_field(after, "object-global-key", new_object);
      }
      change("permissions", std::move(after));
    }
  }

  const MergeController& step_;
  DatabaseSession& session_;
  Job* job_;
  std::vector<DocumentChange> changes_;
};

std::unique_ptr<DatabaseSession> open(const MergeController& step, StepContext& context) {
  return open_database(context, login_of(context, step.address, step.username, step.conf_path));
}

std::string kept_path(const StepContext& context) { return context.kept_path("documents.json"); }

}  // namespace

Value prepare(const MergeController& step, StepContext& context) {
  if (step.controller_uuid.empty() || step.controller_model_uuid.empty()) {
    throw Error(ErrorCode::invalid_argument, "the UUIDs of this controller and its model are not known");
  }
  const auto session = open(step, context);
  keep_documents(kept_path(context), Merge(step, *session, context.job).all(), *session, context.job);
  return {};
}

void act(const MergeController& step, const Value&, StepContext& context) {
  const auto session = open(step, context);
  apply_changes(Merge(step, *session, context.job).all(), *session, context.job);
  // Last, since without it a second run finds nothing to merge.
  database::drop_database(*session, step.from_database, context.job);
}

// The documents that were changed, one by one: that needs no tool, and what came to the collections since stays.
void undo(const MergeController& step, const Value&, StepContext& context) {
  const std::optional<KeptDocuments> kept = kept_documents(kept_path(context));
  if (kept && !kept->before.empty()) put_back(*kept, *open(step, context), context.job);
}

}  // namespace jujubackup::restore_run
