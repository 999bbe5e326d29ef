import { fileNameField, nameField, policyField } from '../fields.ts';
import { validationToMessage } from '../messages/policy.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const validatePolicy = unary(METHODS.validatePolicy, async (backend, request) => {
  const text = policyField('text', request.text);
  const fileName = fileNameField('file_name', request.fileName);
  const options = {
    expectations: request.expectations ?? false,
    volume: nameField('volume', request.volume),
  };
  return validationToMessage(await backend.validatePolicy(text, fileName, options));
});
