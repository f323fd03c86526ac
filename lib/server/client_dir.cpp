#include "server/client_dir.hpp"

#include <span>

#include <jujubackup/error.hpp>

#include "base/yaml.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

void save(const std::string& directory, const std::string& name, const Value& value) {
  const std::string text = write_yaml(value);
  TempFile file(directory);
  file.write(std::as_bytes(std::span(text)));
  file.publish(name, false);
}

Value of_controller(const std::string& name, Value::Object what) {
  return Value::Object{{"controllers", Value::Object{{name, std::move(what)}}}};
}

}  // namespace

void write_client_directory(const std::string& path, const std::string& controller_name, const ServerUser& user,
                            const Generation& generation, const ControllerFacts& facts) {
  if (controller_name.empty()) throw Error(ErrorCode::invalid_argument, "the controller needs a name");
  const std::string controllers_file = join_path(path, "controllers.yaml");
  if (look_at(controllers_file).kind != FileKind::missing) throw Error(ErrorCode::exists, controllers_file + ": already exists");
  make_directories(path);

  Value::Array endpoints;
  for (const Endpoint& endpoint : facts.advertise) endpoints.emplace_back(endpoint.to_string());
  Value::Object controller{{"uuid", facts.controller_uuid},
                           {"api-endpoints", std::move(endpoints)},
                           {"ca-cert", facts.ca_cert},
                           {"cloud", "embedded"},
                           {"agent-version", generation.version.to_string()},
                           {"controller-machine-count", 1},
                           {"active-controller-machine-count", 1},
                           {"machine-count", 1}};
  Value::Object model{{"uuid", facts.model_uuid}};
  if (generation.at_least(2, 4)) model.emplace_back("type", "iaas");
  Value controllers =
      Value::Object{{"controllers", Value::Object{{controller_name, std::move(controller)}}}, {"current-controller", controller_name}};

  // What the others refer to comes last.
  save(path, "models.yaml",
       of_controller(controller_name,
                     {{"models", Value::Object{{"admin/controller", std::move(model)}}}, {"current-model", "admin/controller"}}));
  save(path, "accounts.yaml",
       of_controller(controller_name,
                     {{"user", user.name}, {"password", user.password}, {"last-known-access", user.superuser ? "superuser" : "login"}}));
  save(path, "controllers.yaml", controllers);
}

}  // namespace jujubackup
