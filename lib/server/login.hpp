// What may be called before anybody has logged in.
#pragma once

#include <string>

#include "base/json.hpp"
#include "controller/rpc.hpp"
#include "server/service.hpp"

namespace jujubackup {

// Admin.Login and what stands beside it. `model_uuid` of the URL, "" without one. Fills in `caller` when it was a good login. RpcError.
Value call_before_login(const Service& service, const RpcRequest& request, const std::string& model_uuid, Caller& caller);

}  // namespace jujubackup
