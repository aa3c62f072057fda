/**
 * The shim writes two lines a call unless told otherwise, and reads its level when it is loaded: import this before it.
 *
 * @module
 */
process.env['CORE_CHAINCODE_LOGGING_LEVEL'] ??= 'warning';
