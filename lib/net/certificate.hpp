// Making a private CA and a certificate of it, as a Juju controller has them.
#pragma once

#include <string>
#include <vector>

namespace jujubackup {

struct KeyPair {
  std::string certificate_pem;
  std::string key_pem;  // SECRET
};

// ECDSA P-256, valid for ten years, from a day ago on.
KeyPair make_ca(const std::string& common_name);
// For a server that answers to `names` (DNS names and IP addresses), signed by `ca`.
KeyPair make_server_certificate(const KeyPair& ca, const std::vector<std::string>& names);

}  // namespace jujubackup
