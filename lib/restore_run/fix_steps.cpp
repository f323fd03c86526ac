#include "restore_run/fix_steps.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/commands.hpp"
#include "restore/agent_conf_addresses.hpp"
#include "restore_run/database_access.hpp"
#include "restore_run/document_changes.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr std::int64_t manage_model_job = 2;  // state.JobManageModel: the machine runs a controller

database::Namespace juju(const char* collection) { return {"juju", collection}; }

std::string type_of(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  if (::inet_pton(AF_INET, address.c_str(), parsed.data()) == 1) return "ipv4";
  return ::inet_pton(AF_INET6, address.c_str(), parsed.data()) == 1 ? "ipv6" : "hostname";
}

// As the address that is there is written, which may have more fields, such as that of a space.
Value address_like(const Value* old, const std::string& address, const std::string& scope) {
  Value made = old != nullptr && old->object() != nullptr ? *old : Value(Value::Object{{"origin", "provider"}});
  made = database::with_field(made, "value", address);
  made = database::with_field(made, "addresstype", type_of(address));
  return database::with_field(made, "networkscope", scope);
}

const Value* first_of(const Value* list) {
  return list != nullptr && list->array() != nullptr && !list->array()->empty() ? &list->array()->front() : nullptr;
}

// Gathers what has to change in the documents that are there.
class Fixes {
 public:
  Fixes(const FixDatabase& step, DatabaseSession& session, StepContext& context) : step_(step), session_(session), context_(context) {
    model_ = step.model_uuid;
    if (!model_.empty() || !needs_model()) return;
    const auto controller = find(juju("controllers"), "e");
    if (controller) model_ = database::text_in(*controller, "model-uuid");
    if (model_.empty()) throw Error(ErrorCode::not_found, "which of the models is the controller's is not known");
  }

  std::vector<DocumentChange> all() {
    if (!step_.instance_id.empty()) instance();
    if (!step_.private_address.empty() || !step_.public_address.empty()) addresses();
    if (!step_.api_host_ports.empty()) {
      for (const char* id : {"apiHostPorts", "apiHostPortsForAgents"}) api_addresses(id);
    }
    if (!step_.remove_controllers.empty()) {
      controllers();
      for (const std::string& id : step_.remove_controllers) remove_controller(id);
    }
    if (step_.clear_restore_status) remove(juju("restoreInfo"), "current");
    return std::move(changes_);
  }

 private:
  bool needs_model() const {
    return !step_.instance_id.empty() || !step_.private_address.empty() || !step_.public_address.empty() ||
           !step_.remove_controllers.empty();
  }

  std::string in_model(const std::string& id) const { return model_ + ":" + id; }

  std::optional<Value> find(const database::Namespace& where, const std::string& id) {
    return database::find_one(session_, where, {{"_id", id}}, context_.job);
  }

  void change(const database::Namespace& where, const std::string& id, const Value& before, Value after) {
    if (!database::same(before, after)) changes_.push_back({where, id, std::move(after)});
  }
  void remove(const database::Namespace& where, const std::string& id) {
    if (find(where, id)) changes_.push_back({where, id, std::nullopt});
  }
  void warn(const std::string& text) { context_.report->warnings.push_back(printable(text)); }

  void instance() {
    const std::string id = in_model(step_.machine_id);
    const auto document = find(juju("instanceData"), id);
    if (!document) return warn("the database has no instance of machine " + step_.machine_id + ", so its id was not changed");
    change(juju("instanceData"), id, *document, database::with_field(*document, "instanceid", step_.instance_id));
  }

  void addresses() {
    const std::string id = in_model(step_.machine_id);
    const auto document = find(juju("machines"), id);
    if (!document) return warn("the database has no machine " + step_.machine_id + ", so its addresses were not changed");
    const std::string& inside = step_.private_address.empty() ? step_.public_address : step_.private_address;
    const std::string& outside = step_.public_address.empty() ? step_.private_address : step_.public_address;
    const Value* old = first_of(document->find("addresses"));
    Value::Array list = {address_like(old, inside, "local-cloud")};
    if (outside != inside) list.push_back(address_like(old, outside, "public"));
    Value after = *document;
    const Value* inner = document->find("preferredprivateaddress");
    const Value* outer = document->find("preferredpublicaddress");
    after = database::with_field(after, "preferredprivateaddress", address_like(inner != nullptr ? inner : old, inside, "local-cloud"));
    after = database::with_field(after, "preferredpublicaddress",
                                 address_like(outer != nullptr ? outer : old, outside, outside == inside ? "local-cloud" : "public"));
    change(juju("machines"), id, *document, database::with_field(after, "addresses", std::move(list)));
  }

  // One list of addresses for each controller; after the restore there is one.
  void api_addresses(const std::string& id) {
    const auto document = find(juju("controllers"), id);
    if (!document) return;
    const Value* old = first_of(first_of(document->find("apihostports")));
    Value::Array list;
    for (const std::string& address : step_.api_host_ports) {
      const std::string host = restore::host_of(address);
      const bool is_public = host == step_.public_address && host != step_.private_address;
      const Value made = old != nullptr ? *old : Value(Value::Object());
      const auto port = static_cast<std::int64_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
      list.push_back(database::with_field(address_like(&made, host, is_public ? "public" : "local-cloud"), "port", port));
    }
    change(juju("controllers"), id, *document, database::with_field(*document, "apihostports", Value::Array{Value(std::move(list))}));
  }

  bool is_removed(const Value& id) const {
    return id.string() != nullptr &&
           std::find(step_.remove_controllers.begin(), step_.remove_controllers.end(), *id.string()) != step_.remove_controllers.end();
  }

  // Before 2.7 the lists of machines, after it that of nodes.
  void controllers() {
    const auto document = find(juju("controllers"), "e");
    if (!document) return;
    Value after = *document;
    for (const char* name : {"machineids", "votingmachineids", "controller-ids"}) {
      const Value* ids = document->find(name);
      if (ids == nullptr || ids->array() == nullptr) continue;
      Value::Array left = *ids->array();
      std::erase_if(left, [&](const Value& id) { return is_removed(id); });
      after = database::with_field(after, name, std::move(left));
    }
    change(juju("controllers"), "e", *document, std::move(after));
  }

  void remove_controller(const std::string& machine_id) {
    if (machine_id == step_.machine_id) throw Error(ErrorCode::invalid_argument, "the machine that is restored on cannot be removed");
    remove(juju("controllerNodes"), machine_id);
    remove(juju("controllerNodes"), in_model(machine_id));
    const std::string id = in_model(machine_id);
    const auto document = find(juju("machines"), id);
    if (!document) return;
    Value after = *document;
    // Only where that version of Juju keeps votes with machines.
    if (document->find("hasvote") != nullptr) after = database::with_field(after, "hasvote", false);
    if (document->find("novote") != nullptr) after = database::with_field(after, "novote", true);
    if (const Value* jobs = document->find("jobs"); jobs != nullptr && jobs->array() != nullptr) {
      Value::Array left = *jobs->array();
      std::erase_if(left, [](const Value& job) { return database::integer_of(job) == manage_model_job; });
      after = database::with_field(after, "jobs", std::move(left));
    }
    change(juju("machines"), id, *document, std::move(after));
  }

  const FixDatabase& step_;
  DatabaseSession& session_;
  StepContext& context_;
  std::string model_;
  std::vector<DocumentChange> changes_;
};

std::unique_ptr<DatabaseSession> open(const FixDatabase& step, StepContext& context) {
  return open_database(context, login_of(context, step.address, step.username, step.conf_path));
}

std::string kept_path(const StepContext& context) { return context.kept_path("documents.json"); }

}  // namespace

Value prepare(const FixDatabase& step, StepContext& context) {
  const auto session = open(step, context);
  // What cannot be changed is told of by act.
  StepReport silent;
  StepContext quiet = context;
  quiet.report = &silent;
  keep_documents(kept_path(context), Fixes(step, *session, quiet).all(), *session, context.job);
  return {};
}

void act(const FixDatabase& step, const Value&, StepContext& context) {
  const auto session = open(step, context);
  apply_changes(Fixes(step, *session, context).all(), *session, context.job);
}

void undo(const FixDatabase& step, const Value&, StepContext& context) {
  const std::optional<KeptDocuments> kept = kept_documents(kept_path(context));
  if (kept && !kept->before.empty()) put_back(*kept, *open(step, context), context.job);
}

}  // namespace jujubackup::restore_run
