/** Why the chaincode refuses. @module */

/**
 * The texts are part of the contract: clients read them in the endorser's answer. They hold numbers and nothing else of
 * the input, and are the same on every peer.
 */
export class Refusal extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'Refusal';
  }
}
